"""mailboxes of agencies at axes, and what was fetched from there."""

import sqlalchemy as sa
from alembic import op

import app.kernel.db

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "mailbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("system_id", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("polled_to", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.Column("polled_at", app.kernel.db.Moment(timezone=True), nullable=True),
        sa.Column("next_at", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("made_at", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["peer_id"], ["peer.id"], name=op.f("fk_mailbox_peer_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_mailbox_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox")),
        sa.UniqueConstraint("peer_id", "unit_id", name=op.f("uq_mailbox_peer_id_unit_id")),
    )
    op.create_index(op.f("ix_mailbox_next_at"), "mailbox", ["next_at"])
    op.create_table(
        "pickup",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mailbox_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("at", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_pickup_mailbox_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pickup")),
        sa.UniqueConstraint("mailbox_id", "reference", name=op.f("uq_pickup_mailbox_id_reference")),
    )
    with op.batch_alter_table("delivery") as table:
        table.add_column(sa.Column("handed_at", app.kernel.db.Moment(timezone=True), nullable=True))
        table.add_column(sa.Column("reference", sa.String(), server_default="", nullable=False))
    op.create_index(op.f("ix_delivery_reference"), "delivery", ["reference"])
    with op.batch_alter_table("arrival") as table:
        table.add_column(sa.Column("foreign_id", sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("arrival") as table:
        table.drop_column("foreign_id")
    op.drop_index(op.f("ix_delivery_reference"), table_name="delivery")
    with op.batch_alter_table("delivery") as table:
        table.drop_column("reference")
        table.drop_column("handed_at")
    op.drop_table("pickup")
    op.drop_index(op.f("ix_mailbox_next_at"), table_name="mailbox")
    op.drop_table("mailbox")
