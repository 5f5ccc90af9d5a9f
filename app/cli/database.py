"""Bringing a database up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config

ROOT = Path(__file__).resolve().parents[2]


def migrate(database_url: str) -> None:
    """Apply every migration that is missing; harmless when there is none."""
    command.upgrade(Config(str(ROOT / "alembic.ini"), attributes={"url": database_url}), "head")
