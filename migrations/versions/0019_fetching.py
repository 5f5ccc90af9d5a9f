"""peers that cannot be reached, and what waits for them."""

import sqlalchemy as sa
from alembic import op

from app.kernel.db import Moment

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None
UNTOLD = sa.text("told_at IS NULL AND sequence > 0")


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("peer") as table:
        table.add_column(sa.Column("way", sa.String(), nullable=False, server_default="direct"))
        table.add_column(sa.Column("called_at", Moment(timezone=True), nullable=True))
    op.create_table(
        "source",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.Column("next_at", Moment(timezone=True), nullable=False),
        sa.Column("looked_at", Moment(timezone=True), nullable=True),
        sa.Column("came_at", Moment(timezone=True), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["peer_id"], ["peer.id"], name=op.f("fk_source_peer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("peer_id", name=op.f("uq_source_peer_id")),
    )
    op.create_index(op.f("ix_source_next_at"), "source", ["next_at"])
    op.create_index(
        "ix_status_report_untold", "status_report", ["arrival_id"], sqlite_where=UNTOLD, postgresql_where=UNTOLD
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_status_report_untold", table_name="status_report")
    op.drop_table("source")
    with op.batch_alter_table("peer") as table:
        table.drop_column("called_at")
        table.drop_column("way")
