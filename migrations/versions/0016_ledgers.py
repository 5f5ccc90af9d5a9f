"""comparisons of ledgers with peers."""

import sqlalchemy as sa
from alembic import op

import app.kernel.db

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "ledger_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ours", sa.String(), nullable=False),
        sa.Column("theirs", sa.String(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("differences", sa.JSON(), nullable=False),
        sa.Column("at", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["peer_id"], ["peer.id"], name=op.f("fk_ledger_check_peer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_check")),
        sa.UniqueConstraint("peer_id", "day", "at", name=op.f("uq_ledger_check_peer_id_day_at")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("ledger_check")
