"""whose key is where, who holds an agency's, one authentication, and how far a signature has come."""

import sqlalchemy as sa
from alembic import op
import app.kernel.db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    moment = app.kernel.db.Moment(timezone=True)
    op.create_table(
        "signer_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("certificate", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("valid_from", moment, nullable=True),
        sa.Column("valid_until", moment, nullable=True),
        sa.Column("image_sha256", sa.String(), nullable=True),
        sa.Column("image_width", sa.Integer(), nullable=True),
        sa.Column("tested_at", moment, nullable=True),
        sa.Column("test_verdict", sa.String(), nullable=False),
        sa.Column("reminded", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_signer_key_made_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_signer_key_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_signer_key_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signer_key")),
    )
    op.create_index(op.f("ix_signer_key_person_id"), "signer_key", ["person_id"])
    op.create_index(op.f("ix_signer_key_unit_id"), "signer_key", ["unit_id"])
    op.create_table(
        "key_holding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("record_name", sa.String(), nullable=False),
        sa.Column("record_sha256", sa.String(), nullable=True),
        sa.Column("since", moment, nullable=False),
        sa.Column("until", moment, nullable=True),
        sa.ForeignKeyConstraint(["given_by"], ["person.id"], name=op.f("fk_key_holding_given_by")),
        sa.ForeignKeyConstraint(["key_id"], ["signer_key.id"], name=op.f("fk_key_holding_key_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_key_holding_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_holding")),
    )
    op.create_index(op.f("ix_key_holding_key_id"), "key_holding", ["key_id"])
    op.create_index(op.f("ix_key_holding_person_id"), "key_holding", ["person_id"])
    op.create_table(
        "signing_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["key_id"], ["signer_key.id"], name=op.f("fk_signing_session_key_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_signing_session_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_session")),
    )
    op.create_index(op.f("ix_signing_session_key_id"), "signing_session", ["key_id"])
    op.create_index(op.f("ix_signing_session_person_id"), "signing_session", ["person_id"])
    with op.batch_alter_table("signature_request") as table:
        table.add_column(sa.Column("signer_key_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("certificate_serial", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("session_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("batch_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("held_by", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("shown", sa.JSON(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("state", sa.String(), nullable=False, server_default="asked"))
        table.add_column(sa.Column("failure", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("pending", sa.JSON(), nullable=True))
        table.add_column(sa.Column("prepared_sha256", sa.String(), nullable=True))
        table.add_column(sa.Column("raw", sa.LargeBinary(), nullable=True))
        table.create_foreign_key(op.f("fk_signature_request_signer_key_id"), "signer_key", ["signer_key_id"], ["id"])
        table.create_foreign_key(op.f("fk_signature_request_session_id"), "signing_session", ["session_id"], ["id"])
        table.create_foreign_key(op.f("fk_signature_request_held_by"), "person", ["held_by"], ["id"])
        table.create_index(op.f("ix_signature_request_batch_id"), ["batch_id"])
        table.create_index(op.f("ix_signature_request_input_sha256"), ["input_sha256"])
    op.execute("UPDATE signature_request SET state = 'done' WHERE output_sha256 IS NOT NULL")


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("signature_request") as table:
        table.drop_index(op.f("ix_signature_request_input_sha256"))
        table.drop_index(op.f("ix_signature_request_batch_id"))
        for name in ("held_by", "session_id", "signer_key_id"):
            table.drop_constraint(op.f(f"fk_signature_request_{name}"), type_="foreignkey")
        for name in (
            "raw",
            "prepared_sha256",
            "pending",
            "failure",
            "state",
            "shown",
            "held_by",
            "batch_id",
            "session_id",
            "certificate_serial",
            "signer_key_id",
        ):
            table.drop_column(name)
    for name in ("signing_session", "key_holding", "signer_key"):
        op.drop_table(name)
