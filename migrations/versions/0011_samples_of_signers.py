"""what the verifier said of the sample a signer signed."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("signer_key") as table:
        table.add_column(sa.Column("test_found", sa.JSON(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("sample_sha256", sa.String(), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("signer_key") as table:
        for name in ("sample_sha256", "test_found"):
            table.drop_column(name)
