"""every check of signatures, what is kept up for a document, and whether an agency prints codes."""

import sqlalchemy as sa
from alembic import op
import app.kernel.db

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    moment = app.kernel.db.Moment(timezone=True)
    op.create_table(
        "signature_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_signature_check_asked_by")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_signature_check_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature_check")),
    )
    op.create_index("ix_signature_check_document_id_at", "signature_check", ["document_id", "at"])
    op.create_table(
        "document_proof",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("shows_subject", sa.Boolean(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("standing_note", sa.String(), nullable=False),
        sa.Column("asked_at", moment, nullable=True),
        sa.Column("checked_at", moment, nullable=True),
        sa.Column("renew_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_document_proof_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_proof")),
        sa.UniqueConstraint("document_id", name=op.f("uq_document_proof_document_id")),
        sa.UniqueConstraint("token", name=op.f("uq_document_proof_token")),
    )
    op.create_index(op.f("ix_document_proof_checked_at"), "document_proof", ["checked_at"])
    op.create_index(op.f("ix_document_proof_renew_at"), "document_proof", ["renew_at"])
    op.create_table(
        "code_setting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("is_printed", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_code_setting_changed_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_code_setting_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_setting")),
        sa.UniqueConstraint("unit_id", name=op.f("uq_code_setting_unit_id")),
    )


def downgrade() -> None:
    """Take back."""
    for name in ("code_setting", "document_proof", "signature_check"):
        op.drop_table(name)
