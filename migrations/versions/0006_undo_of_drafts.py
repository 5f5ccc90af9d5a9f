"""how a draft was before the last act on it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("layer_draft", schema=None) as batch_op:
        batch_op.add_column(sa.Column("undo", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("layer_draft", schema=None) as batch_op:
        batch_op.drop_column("undo")
