"""`python3 -m app clock`: rings for what is due, and carries to other deployments what waits for them."""

from app.factory import create_app
from app.jobs import carrying, schedule
from app.settings import from_environment


def main(_argv: list[str]) -> int:
    """Tick until stopped."""
    app = create_app(from_environment())
    with carrying.begun(app):
        schedule.run(app)
    return 0
