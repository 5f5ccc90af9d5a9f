"""Bringing a database up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

ROOT = Path(__file__).resolve().parents[2]


def migrate(database_url: str) -> None:
    """Apply every migration that is missing; harmless when there is none."""
    command.upgrade(Config(str(ROOT / "alembic.ini"), attributes={"url": database_url}), "head")


def is_current(database_url: str) -> bool:
    """Whether the database answers and every migration was applied. Errors: SQLAlchemyError."""
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            applied = MigrationContext.configure(connection).get_current_heads()
    finally:
        engine.dispose()
    return set(applied) == set(ScriptDirectory.from_config(Config(str(ROOT / "alembic.ini"))).get_heads())
