"""certificates for the line to a peer."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("peer") as table:
        table.add_column(sa.Column("client", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("client_key", sa.String(), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("peer") as table:
        table.drop_column("client_key")
        table.drop_column("client")
