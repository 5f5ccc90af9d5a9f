"""what only one job at a time may use, and how the holder of a key was asked."""

import sqlalchemy as sa
from alembic import op
import app.kernel.db

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "turn",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("since", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turn")),
        sa.UniqueConstraint("name", name=op.f("uq_turn_name")),
    )
    with op.batch_alter_table("signature_request") as table:
        table.add_column(sa.Column("ticket", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("signature_request") as table:
        table.drop_column("ticket")
    op.drop_table("turn")
