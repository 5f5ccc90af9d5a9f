"""certificates for the line to a peer, agencies that nobody knows yet, and who took over from whom."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("peer") as table:
        table.add_column(sa.Column("client", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("client_key", sa.String(), nullable=True))
    op.create_table(
        "stranger",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("listed", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["peer_id"], ["peer.id"], name=op.f("fk_stranger_peer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stranger")),
        sa.UniqueConstraint("peer_id", "code", name=op.f("uq_stranger_peer_id_code")),
    )
    op.create_table(
        "succession",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("successor_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_succession_unit_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["unit.id"], name=op.f("fk_succession_successor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_succession")),
        sa.UniqueConstraint("unit_id", name=op.f("uq_succession_unit_id")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("succession")
    op.drop_table("stranger")
    with op.batch_alter_table("peer") as table:
        table.drop_column("client_key")
        table.drop_column("client")
