"""`python3 -m app worker`: answers the bell."""

import app.jobs.outbox
import signing.sign
import signing.validation
from app.cli import guard, keyguard
from app.factory import create_app
from app.jobs import worker
from app.settings import from_environment

# Imported in the parent, so that no forked child pays for them.
PRELOADED = (app.jobs.outbox, signing.sign, signing.validation)


def main(_argv: list[str]) -> int:
    """Work until stopped."""
    settings = from_environment()
    app = create_app(settings)
    with app.app_context():
        guard.refuse_demo_people(settings)
    keyguard.refuse_demo_keys(settings)
    worker.run(app)
    return 0
