"""whether a file keeps the rules of PDF/A."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("document_file") as table:
        table.add_column(sa.Column("archival", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("document_file") as table:
        table.drop_column("archival")
