"""whom a peer names, and no keys for agencies that nobody here works in."""

import sqlalchemy as sa
from alembic import op

import app.kernel.db

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

WITHOUT_POSTS = """
DELETE FROM exchange_key WHERE sealed IS NOT NULL
  AND unit_id NOT IN (
    WITH RECURSIVE at_work(id) AS (
      SELECT unit_id FROM post
      UNION SELECT unit.parent_id FROM unit JOIN at_work ON unit.id = at_work.id
        WHERE NOT unit.is_agency AND unit.parent_id IS NOT NULL)
    SELECT id FROM at_work)
  AND unit_id NOT IN (SELECT sender_id FROM message)
  AND unit_id NOT IN (SELECT recipient_id FROM arrival)
  AND unit_id NOT IN (SELECT unit_id FROM mailbox)
"""
"""Keys that were made for agencies of others because they were listed here; what one has signed for stays."""


def upgrade() -> None:
    """Apply."""
    op.add_column("peer", sa.Column("listed_at", app.kernel.db.Moment(timezone=True), nullable=True))
    op.add_column("route", sa.Column("unlisted_at", app.kernel.db.Moment(timezone=True), nullable=True))
    op.execute(WITHOUT_POSTS)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("route") as table:
        table.drop_column("unlisted_at")
    with op.batch_alter_table("peer") as table:
        table.drop_column("listed_at")
