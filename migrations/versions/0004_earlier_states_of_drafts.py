"""earlier states of drafts, and who is drawing one."""

import sqlalchemy as sa
from alembic import op
import app.kernel.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "draft_state",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("changed_at", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_draft_state_changed_by")),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["layer_draft.id"], name=op.f("fk_draft_state_draft_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_state")),
    )
    with op.batch_alter_table("draft_state", schema=None) as batch_op:
        batch_op.create_index("ix_draft_state_draft_id_number", ["draft_id", "number"], unique=False)
    op.create_table(
        "draft_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("since", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.Column("renewed_at", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["layer_draft.id"], name=op.f("fk_draft_hold_draft_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_draft_hold_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_hold")),
        sa.UniqueConstraint("draft_id", name=op.f("uq_draft_hold_draft_id")),
    )


def downgrade() -> None:
    """Revert."""
    op.drop_table("draft_hold")
    with op.batch_alter_table("draft_state", schema=None) as batch_op:
        batch_op.drop_index("ix_draft_state_draft_id_number")
    op.drop_table("draft_state")
