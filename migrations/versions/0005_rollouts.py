"""versions that some units try first, drafts on their way into effect, and notices that are about no case."""

import sqlalchemy as sa
from alembic import op
import app.kernel.db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "layer_pilot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["layer_version.id"], name=op.f("fk_layer_pilot_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layer_pilot")),
        sa.UniqueConstraint("version_id", "place", name=op.f("uq_layer_pilot_version_id_place")),
    )
    op.create_table(
        "rollout",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("proofs", sa.JSON(), nullable=False),
        sa.Column("impact", sa.JSON(), nullable=False),
        sa.Column("bulks", sa.JSON(), nullable=False),
        sa.Column("undos", sa.JSON(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("older_id", sa.Uuid(), nullable=True),
        sa.Column("planned_for", sa.Integer(), nullable=False),
        sa.Column("due_at", app.kernel.db.Moment(timezone=True), nullable=True),
        sa.Column("made_at", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("published_at", app.kernel.db.Moment(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_rollout_made_by")),
        sa.ForeignKeyConstraint(["older_id"], ["layer_version.id"], name=op.f("fk_rollout_older_id")),
        sa.ForeignKeyConstraint(["version_id"], ["layer_version.id"], name=op.f("fk_rollout_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollout")),
        sa.UniqueConstraint("draft_id", name=op.f("uq_rollout_draft_id")),
    )
    op.create_index("ix_rollout_state_due_at", "rollout", ["state", "due_at"])
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.alter_column("case_id", existing_type=sa.Uuid(), nullable=True)


def downgrade() -> None:
    """Undo; notices that are about no case had no place before."""
    op.execute("DELETE FROM notice WHERE case_id IS NULL")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.alter_column("case_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_index("ix_rollout_state_due_at", table_name="rollout")
    op.drop_table("rollout")
    op.drop_table("layer_pilot")
