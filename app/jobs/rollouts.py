"""Drafts on their way into effect: looking at open cases, publishing what was planned, telling the units concerned."""

from collections.abc import Callable
from time import monotonic
from uuid import UUID

from app.domain.cases import announcing, impact, rolling
from app.kernel import outbox
from app.kernel.outbox import Claim

SLICE_SECONDS = 3.0
"""How long other work waits behind a look at many cases."""


def foresee(job: Claim) -> None:
    """Look at open cases for a while, then promise the rest. Twice is harmless: each slice begins where one ended."""
    rollout_id, run = UUID(job.payload["about"]), job.payload["run"]
    found, until, more = impact.look(rollout_id, run), monotonic() + SLICE_SECONDS, False
    while found is not None and (more := impact.do_next(found)) and monotonic() < until:
        pass
    with outbox.settle(job):
        impact.go_on(rollout_id, run, more=more)


def publish(job: Claim) -> None:
    """Publish what was planned. Twice is harmless: what has been published is no longer due."""
    rolling.publish_due(UUID(job.payload["about"]))
    with outbox.settle(job):
        return


def announce(job: Claim) -> None:
    """Tell the heads and clerks concerned. Twice is harmless: a notice is named by its occasion."""
    with outbox.settle(job):
        announcing.announce(UUID(job.payload["about"]), job.payload["state"], job.payload["units"])


HANDLERS: dict[str, Callable[[Claim], None]] = {
    impact.WORK: foresee,
    "cases.publish": publish,
    "cases.announce": announce,
}
