"""the year a paper prints, and why a recipient refused."""

from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op
import app.kernel.db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REPORTS = ("delivery_status", "status_report")
REASONS = ("wrong_recipient", "bad_signature", "damaged_file", "duplicate", "other")


def upgrade() -> None:
    """Apply; what was known before is put where it belongs now."""
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.add_column(sa.Column("printed_year", sa.Integer(), nullable=True))
    for table in REPORTS:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("reason", sa.String(), nullable=False, server_default=""))
    _fill_in_printed_years()
    for table in REPORTS:
        _part_reasons(table)


def downgrade() -> None:
    """Undo."""
    for table in REPORTS:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("reason")
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_column("printed_year")


def _fill_in_printed_years() -> None:
    """A paper that waits for its number was printed in the year it was prepared."""
    moment = app.kernel.db.Moment(timezone=True)
    document = sa.table("document", sa.column("id", sa.Uuid()), sa.column("printed_year", sa.Integer()))
    file = sa.table(
        "document_file",
        sa.column("document_id", sa.Uuid()),
        sa.column("stage", sa.String()),
        sa.column("at", moment),
    )
    latest = sa.select(file.c.document_id, sa.func.max(file.c.at, type_=moment)).where(file.c.stage == "prepared")
    office = ZoneInfo("Asia/Ho_Chi_Minh")
    for document_id, at in op.get_bind().execute(latest.group_by(file.c.document_id)).all():
        year = at.astimezone(office).year
        op.get_bind().execute(sa.update(document).where(document.c.id == document_id).values(printed_year=year))


def _part_reasons(name: str) -> None:
    """A refusal was one text, `code - explanation`."""
    told = sa.table(
        name,
        sa.column("id", sa.Uuid()),
        sa.column("code", sa.String()),
        sa.column("note", sa.String()),
        sa.column("reason", sa.String()),
    )
    for row_id, note in op.get_bind().execute(sa.select(told.c.id, told.c.note).where(told.c.code == "02")).all():
        reason, parted, text = note.partition(" - ")
        if parted and reason in REASONS:
            change = sa.update(told).where(told.c.id == row_id).values(reason=reason, note=text)
            op.get_bind().execute(change)
