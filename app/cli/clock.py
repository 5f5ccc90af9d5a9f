"""`python3 -m app clock`: rings for what is due."""

from app.factory import create_app
from app.jobs import schedule
from app.settings import from_environment


def main(_argv: list[str]) -> int:
    """Tick until stopped."""
    schedule.run(create_app(from_environment()))
    return 0
