"""what the import of another tool's diagram changed and left, beside the draft it went into."""

import sqlalchemy as sa
from alembic import op
import app.kernel.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "diagram_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("at", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["layer_draft.id"], name=op.f("fk_diagram_import_draft_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diagram_import")),
        sa.UniqueConstraint("draft_id", name=op.f("uq_diagram_import_draft_id")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("diagram_import")
