"""How Alembic reaches the database: over the connection the command line hands to it."""

from alembic import context
from sqlalchemy import create_engine

from app.domain import tables
from app.kernel.db import Model
from app.settings import from_environment


def run() -> None:
    """Migrate inside one transaction; SQLite alters tables by copying them."""
    engine = create_engine(context.config.attributes.get("url") or from_environment().database_url)
    with engine.begin() as connection:
        context.configure(
            connection=connection,
            target_metadata=Model.metadata,
            render_as_batch=engine.dialect.name == "sqlite",
            compare_type=True,
        )
        context.run_migrations()
    engine.dispose()


assert tables.ALL  # noqa: S101 - every slice's tables must be known before any comparison
run()
