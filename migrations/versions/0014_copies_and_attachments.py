"""copies and what they are of; attachments in files of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OLD, NEW = "uq_document_file_document_id_role_revision", "uq_document_file_document_id_role_position_revision"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("document_file") as table:
        table.add_column(sa.Column("position", sa.Integer(), nullable=False, server_default="0"))
        table.drop_constraint(op.f(OLD), type_="unique")
        table.create_unique_constraint(op.f(NEW), ["document_id", "role", "position", "revision"])
    op.create_table(
        "copying",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("source_reference", sa.String(), nullable=False),
        sa.Column("source_date", sa.Date(), nullable=True),
        sa.Column("source_issuer", sa.String(), nullable=False),
        sa.Column("source_medium", sa.String(), nullable=False),
        sa.Column("medium", sa.String(), nullable=False),
        sa.Column("file_sha256", sa.String(), nullable=False),
        sa.Column("pages", sa.String(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_copying_document_id")),
        sa.ForeignKeyConstraint(["source_id"], ["document.id"], name=op.f("fk_copying_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copying")),
        sa.UniqueConstraint("document_id", name=op.f("uq_copying_document_id")),
    )
    op.create_index(op.f("ix_copying_source_id"), "copying", ["source_id"])


def downgrade() -> None:
    """Take back; files other than main ones find no place in the older table."""
    op.drop_index(op.f("ix_copying_source_id"), table_name="copying")
    op.drop_table("copying")
    op.execute(sa.text("DELETE FROM document_file WHERE position > 0"))
    with op.batch_alter_table("document_file") as table:
        table.drop_constraint(op.f(NEW), type_="unique")
        table.create_unique_constraint(op.f(OLD), ["document_id", "role", "revision"])
        table.drop_column("position")
