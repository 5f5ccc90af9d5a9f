"""The exchange proves itself: messages, attempts, chained receipts, peers and their keys."""

import sqlalchemy as sa
from alembic import op

import app.kernel.db

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = app.kernel.db.Moment(timezone=True)
CHAINED = ("delivery_status", "delivery_id"), ("status_report", "arrival_id")
NEW_IN_DELIVERY = ("state", "expires_at", "attempts", "next_at", "cause", "is_doubtful", "is_paused", "is_late")
NEW_IN_ARRIVAL = ("kind", "relates_to", "envelope", "triple", "peer_id", "reference", "state", "cause")
TABLES = ("exchange_key", "route", "peer", "attempt", "message")


def upgrade() -> None:
    """Apply; what was sent before becomes a message for each recipient, as it was, and its statuses stay unsigned."""
    _make_tables()
    _change_deliveries()
    _change_arrivals()
    for table, owner in CHAINED:
        _chain(table, owner)


def _change_deliveries() -> None:
    op.execute(
        sa.text(
            "INSERT INTO message (id, sender_id, document_id, case_id, kind, manifest, manifest_sha256, reason, made_at) "
            "SELECT delivery.message_id, document.unit_id, delivery.document_id, delivery.case_id, 'new', '', '', '', "
            "delivery.made_at FROM delivery JOIN document ON document.id = delivery.document_id"
        )
    )
    with op.batch_alter_table("delivery") as table:
        table.add_column(sa.Column("state", sa.String(), nullable=False, server_default="waiting"))
        table.add_column(sa.Column("expires_at", MOMENT, nullable=True))
        table.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("next_at", MOMENT, nullable=True))
        table.add_column(sa.Column("cause", sa.String(), nullable=False, server_default=""))
        for name in ("is_doubtful", "is_paused", "is_late"):
            table.add_column(sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
        table.drop_constraint(op.f("uq_delivery_document_id_recipient_id"), type_="unique")
        table.drop_constraint(op.f("uq_delivery_message_id"), type_="unique")
        table.create_unique_constraint(op.f("uq_delivery_message_id_recipient_id"), ["message_id", "recipient_id"])
        table.create_foreign_key(op.f("fk_delivery_message_id"), "message", ["message_id"], ["id"])
    op.execute(sa.text("UPDATE delivery SET state = 'delivered' WHERE receipt IS NOT NULL"))
    op.execute(sa.text("UPDATE delivery SET expires_at = made_at"))
    with op.batch_alter_table("delivery") as table:
        table.alter_column("expires_at", existing_type=MOMENT, nullable=False)
    op.create_index(op.f("ix_delivery_document_id"), "delivery", ["document_id"])
    op.create_index("ix_delivery_state", "delivery", ["state"])


def _change_arrivals() -> None:
    with op.batch_alter_table("arrival") as table:
        table.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="new"))
        table.add_column(sa.Column("relates_to", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("envelope", sa.JSON(), nullable=False, server_default='{"files": []}'))
        table.add_column(sa.Column("triple", sa.String(), nullable=True))
        table.add_column(sa.Column("peer_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("reference", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("state", sa.String(), nullable=False, server_default="admitted"))
        table.add_column(sa.Column("cause", sa.String(), nullable=False, server_default=""))
        table.alter_column("document_id", existing_type=sa.Uuid(), nullable=True)
        table.drop_constraint(op.f("uq_arrival_document_id"), type_="unique")
        table.drop_constraint(op.f("uq_arrival_sender_id_message_id"), type_="unique")
        table.create_unique_constraint(
            op.f("uq_arrival_sender_id_message_id_recipient_id"), ["sender_id", "message_id", "recipient_id"]
        )
        table.create_unique_constraint(
            op.f("uq_arrival_recipient_id_sender_id_triple"), ["recipient_id", "sender_id", "triple"]
        )
        table.create_foreign_key(op.f("fk_arrival_peer_id"), "peer", ["peer_id"], ["id"])
    op.create_index(op.f("ix_arrival_document_id"), "arrival", ["document_id"])
    op.create_index(op.f("ix_arrival_recipient_id"), "arrival", ["recipient_id"])


def _chain(name: str, owner: str) -> None:
    """Give each row its place in the chain of its owner."""
    with op.batch_alter_table(name) as table:
        table.add_column(sa.Column("sequence", sa.Integer(), nullable=False, server_default="0"))
        for column in ("body", "signature", "sha256"):
            table.add_column(sa.Column(column, sa.String(), nullable=False, server_default=""))
        if name == "delivery_status":
            table.add_column(sa.Column("is_observed", sa.Boolean(), nullable=False, server_default=sa.false()))
            table.add_column(sa.Column("heard_at", MOMENT, nullable=True))
    rows = sa.table(name, sa.column("id"), sa.column("at"), sa.column("sequence"), sa.column(owner))
    earlier = rows.alias("earlier")
    before = (earlier.c.at < rows.c.at) | ((earlier.c.at == rows.c.at) & (earlier.c.id < rows.c.id))
    count = sa.select(sa.func.count()).where(earlier.c[owner] == rows.c[owner], before).scalar_subquery()
    op.execute(rows.update().values(sequence=count))
    if name == "delivery_status":
        op.execute(sa.text("UPDATE delivery_status SET heard_at = at"))
    with op.batch_alter_table(name) as table:
        if name == "delivery_status":
            table.alter_column("heard_at", existing_type=MOMENT, nullable=False)
        else:
            table.drop_index(op.f("ix_status_report_arrival_id"))
            table.create_unique_constraint(op.f("uq_status_report_arrival_id_sequence"), ["arrival_id", "sequence"])


def downgrade() -> None:
    """Take back; what the older tables have no place for is lost: attempts, receipts, peers, more than one message."""
    with op.batch_alter_table("status_report") as table:
        table.drop_constraint(op.f("uq_status_report_arrival_id_sequence"), type_="unique")
        table.create_index(op.f("ix_status_report_arrival_id"), ["arrival_id"])
    for name, _owner in CHAINED:
        with op.batch_alter_table(name) as table:
            for column in ("sequence", "body", "signature", "sha256"):
                table.drop_column(column)
            if name == "delivery_status":
                table.drop_column("is_observed")
                table.drop_column("heard_at")
    op.drop_index(op.f("ix_arrival_document_id"), table_name="arrival")
    op.drop_index(op.f("ix_arrival_recipient_id"), table_name="arrival")
    with op.batch_alter_table("arrival") as table:
        table.drop_constraint(op.f("fk_arrival_peer_id"), type_="foreignkey")
        table.drop_constraint(op.f("uq_arrival_recipient_id_sender_id_triple"), type_="unique")
        table.drop_constraint(op.f("uq_arrival_sender_id_message_id_recipient_id"), type_="unique")
        table.create_unique_constraint(op.f("uq_arrival_sender_id_message_id"), ["sender_id", "message_id"])
        table.create_unique_constraint(op.f("uq_arrival_document_id"), ["document_id"])
        table.alter_column("document_id", existing_type=sa.Uuid(), nullable=False)
        for column in NEW_IN_ARRIVAL:
            table.drop_column(column)
    op.drop_index(op.f("ix_delivery_document_id"), table_name="delivery")
    op.drop_index("ix_delivery_state", table_name="delivery")
    with op.batch_alter_table("delivery") as table:
        table.drop_constraint(op.f("fk_delivery_message_id"), type_="foreignkey")
        table.drop_constraint(op.f("uq_delivery_message_id_recipient_id"), type_="unique")
        table.create_unique_constraint(op.f("uq_delivery_message_id"), ["message_id"])
        table.create_unique_constraint(op.f("uq_delivery_document_id_recipient_id"), ["document_id", "recipient_id"])
        for column in NEW_IN_DELIVERY:
            table.drop_column(column)
    for name in TABLES:
        op.drop_table(name)


def _make_tables() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("manifest", sa.String(), nullable=False),
        sa.Column("manifest_sha256", sa.String(), nullable=False),
        sa.Column("relates_to", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_message_case_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_message_document_id")),
        sa.ForeignKeyConstraint(["sender_id"], ["unit.id"], name=op.f("fk_message_sender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index(op.f("ix_message_document_id"), "message", ["document_id"])
    op.create_table(
        "attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_attempt_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index(op.f("ix_attempt_delivery_id"), "attempt", ["delivery_id"])
    op.create_table(
        "peer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("open_until", MOMENT, nullable=True),
        sa.Column("probing_until", MOMENT, nullable=True),
        sa.Column("heard_at", MOMENT, nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer")),
        sa.UniqueConstraint("name", name=op.f("uq_peer_name")),
    )
    op.create_table(
        "route",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["peer_id"], ["peer.id"], name=op.f("fk_route_peer_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_route_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route")),
        sa.UniqueConstraint("unit_id", name=op.f("uq_route_unit_id")),
    )
    op.create_index(op.f("ix_route_peer_id"), "route", ["peer_id"])
    op.create_table(
        "exchange_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("public", sa.String(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=True),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("valid_to", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_exchange_key_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_key")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_exchange_key_fingerprint")),
    )
    op.create_index(op.f("ix_exchange_key_unit_id"), "exchange_key", ["unit_id"])
