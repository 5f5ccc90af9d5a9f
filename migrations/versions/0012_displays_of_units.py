"""what a unit wants its signatures in the corner of a page to show."""

import sqlalchemy as sa
from alembic import op
import app.kernel.db

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "unit_display",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("display", sa.JSON(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_unit_display_changed_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_display_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_display")),
        sa.UniqueConstraint("unit_id", "case", name=op.f("uq_unit_display_unit_id_case")),
    )
    op.create_index(op.f("ix_unit_display_unit_id"), "unit_display", ["unit_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("unit_display")
