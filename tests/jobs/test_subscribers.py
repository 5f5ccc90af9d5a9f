"""What facts promise, somebody does."""

import subprocess
import sys

from app.jobs import outbox
from app.jobs.subscribers import SUBSCRIBERS


def test_every_promised_kind_of_work_has_its_handler_and_the_other_way_round() -> None:
    promised = {kind for kinds in SUBSCRIBERS.values() for kind in kinds}

    assert promised == set(outbox.HANDLERS)


def test_whoever_only_serves_pages_or_keeps_time_loads_nothing_that_signs() -> None:
    look = "import sys, app.factory, app.jobs.schedule, app.cli.web, app.cli.clock; print('pyhanko' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "False"
