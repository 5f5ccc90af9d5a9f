"""How Alembic reaches the database: over the connection the command line hands to it."""

from alembic import context
from sqlalchemy import Connection, create_engine

from app.domain import tables
from app.kernel.db import Model
from app.settings import from_environment


def run() -> None:
    """Migrate inside one transaction."""
    engine = create_engine(context.config.attributes.get("url") or from_environment().database_url)
    with engine.connect() as connection:
        is_sqlite = engine.dialect.name == "sqlite"
        if is_sqlite:
            _let_tables_be_copied(connection)
        with connection.begin():
            context.configure(
                connection=connection,
                target_metadata=Model.metadata,
                render_as_batch=is_sqlite,
                compare_type=True,
            )
            context.run_migrations()
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all() if is_sqlite else []
            if broken:
                raise RuntimeError(f"rows point to nothing: {broken[:5]}")
    engine.dispose()


def _let_tables_be_copied(connection: Connection) -> None:
    """SQLite alters a table by copying it and dropping the old one, to which others point; they are checked after."""
    raw = connection.connection.driver_connection
    assert raw is not None  # noqa: S101 - a connection that was just opened has one
    raw.execute("PRAGMA foreign_keys=OFF")


assert tables.ALL  # noqa: S101 - every slice's tables must be known before any comparison
run()
