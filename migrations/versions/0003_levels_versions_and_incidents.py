"""what places say about procedures, in versions; incidents, bulk acts, messages between cases, and human steps."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op
import app.kernel.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

GRANTS = {
    "administrator": ("procedures.edit", "procedures.publish", "cases.migrate", "cases.operate"),
    "operator": ("procedures.read", "cases.operate"),
    "clerk": ("cases.start",),
}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "bulk",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_at", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", app.kernel.db.Moment(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_bulk_made_by")),
        sa.ForeignKeyConstraint(["undone_by"], ["bulk.id"], name=op.f("fk_bulk_undone_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk")),
    )
    op.create_table(
        "layer_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("changed_at", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_layer_draft_changed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layer_draft")),
        sa.UniqueConstraint("kind", "key", "place", name=op.f("uq_layer_draft_kind_key_place")),
    )
    op.create_table(
        "layer_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("published_at", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("retired_at", app.kernel.db.Moment(timezone=True), nullable=True),
        sa.Column("retired_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["published_by"], ["person.id"], name=op.f("fk_layer_version_published_by")),
        sa.ForeignKeyConstraint(["retired_by"], ["person.id"], name=op.f("fk_layer_version_retired_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layer_version")),
        sa.UniqueConstraint("kind", "key", "place", "number", name=op.f("uq_layer_version_kind_key_place_number")),
    )
    op.create_table(
        "case_trigger",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("procedure", sa.String(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("due_at", app.kernel.db.Moment(timezone=True), nullable=True),
        sa.Column("made_at", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_case_trigger_made_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_case_trigger_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_trigger")),
        sa.UniqueConstraint("procedure", "unit_id", "node", name=op.f("uq_case_trigger_procedure_unit_id_node")),
    )
    with op.batch_alter_table("case_trigger", schema=None) as batch_op:
        batch_op.create_index("ix_case_trigger_due_at", ["due_at"], unique=False)
        batch_op.create_index("ix_case_trigger_kind_name", ["kind", "name"], unique=False)

    op.create_table(
        "layer_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("above", sa.String(), nullable=False),
        sa.Column("old_version_id", sa.Uuid(), nullable=True),
        sa.Column("new_version_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("paths", sa.JSON(), nullable=False),
        sa.Column("at", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.Column("settled_at", app.kernel.db.Moment(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("how", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["new_version_id"], ["layer_version.id"], name=op.f("fk_layer_notice_new_version_id")),
        sa.ForeignKeyConstraint(["old_version_id"], ["layer_version.id"], name=op.f("fk_layer_notice_old_version_id")),
        sa.ForeignKeyConstraint(["settled_by"], ["person.id"], name=op.f("fk_layer_notice_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layer_notice")),
    )
    with op.batch_alter_table("layer_notice", schema=None) as batch_op:
        batch_op.create_index("ix_layer_notice_key_place_settled_at", ["key", "place", "settled_at"], unique=False)

    op.create_table(
        "bulk_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bulk_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("at", app.kernel.db.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulk.id"], name=op.f("fk_bulk_item_bulk_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_bulk_item_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_item")),
        sa.UniqueConstraint("bulk_id", "case_id", "reference", name=op.f("uq_bulk_item_bulk_id_case_id_reference")),
    )
    with op.batch_alter_table("bulk_item", schema=None) as batch_op:
        batch_op.create_index("ix_bulk_item_bulk_id_outcome_id", ["bulk_id", "outcome", "id"], unique=False)
        batch_op.create_index("ix_bulk_item_reference", ["reference"], unique=False)

    op.create_table(
        "case_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("correlation", sa.String(), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sent_at", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.Column("taken_at", app.kernel.db.Moment(timezone=True), nullable=True),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_message_case_id")),
        sa.ForeignKeyConstraint(["taken_by"], ["case.id"], name=op.f("fk_case_message_taken_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_case_message_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_message")),
    )
    with op.batch_alter_table("case_message", schema=None) as batch_op:
        batch_op.create_index("ix_case_message_name_state", ["name", "state"], unique=False)

    op.create_table(
        "incident",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("opened_at", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.Column("closed_at", app.kernel.db.Moment(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("how", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_incident_case_id")),
        sa.ForeignKeyConstraint(["closed_by"], ["person.id"], name=op.f("fk_incident_closed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_incident_closed_at_opened_at", ["closed_at", "opened_at"], unique=False)

    op.create_table(
        "listener",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("task_key", sa.String(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("correlation", sa.String(), nullable=True),
        sa.Column("since", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_listener_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listener")),
    )
    with op.batch_alter_table("listener", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_listener_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_listener_kind_name_correlation", ["kind", "name", "correlation"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("made_at", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.Column("read_at", app.kernel.db.Moment(timezone=True), nullable=True),
        sa.Column("read_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_notice_case_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_notice_post_id")),
        sa.ForeignKeyConstraint(["read_by"], ["person.id"], name=op.f("fk_notice_read_by")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_notice_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_post_id_read_at", ["post_id", "read_at"], unique=False)
        batch_op.create_index("ix_notice_task_id_code", ["task_id", "code"], unique=False)

    op.create_table(
        "pause",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("began_at", app.kernel.db.Moment(timezone=True), nullable=False),
        sa.Column("began_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", app.kernel.db.Moment(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["began_by"], ["person.id"], name=op.f("fk_pause_began_by")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_pause_case_id")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_pause_ended_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
    )
    with op.batch_alter_table("pause", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pause_case_id"), ["case_id"], unique=False)

    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.add_column(sa.Column("result", sa.JSON(), nullable=True))

    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.add_column(sa.Column("suspended_at", app.kernel.db.Moment(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("paused_at", app.kernel.db.Moment(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("suspended_why", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("parent_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("asked_by", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_case_parent_id"), ["parent_id"], unique=False)

    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source_id", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_document_source_id"), ["source_id"], unique=False)

    with op.batch_alter_table("procedure_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("decisions", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("called", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("texts", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("layers", sa.JSON(), nullable=False, server_default="{}"))

    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("term", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("told", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("why", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="step"))
        batch_op.add_column(sa.Column("parent_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("after_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("lent_by_post_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("held_at", app.kernel.db.Moment(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("note", sa.String(), nullable=False, server_default=""))
        batch_op.create_index(batch_op.f("ix_task_parent_id"), ["parent_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_task_after_id"), "task", ["after_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_task_lent_by_post_id"), "post", ["lent_by_post_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_task_parent_id"), "task", ["parent_id"], ["id"])
    _grant()
    _open_registers_of_copies()


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_task_parent_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_task_lent_by_post_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_task_after_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_task_parent_id"))
        batch_op.drop_column("note")
        batch_op.drop_column("held_at")
        batch_op.drop_column("lent_by_post_id")
        batch_op.drop_column("after_id")
        batch_op.drop_column("parent_id")
        batch_op.drop_column("kind")
        batch_op.drop_column("why")
        batch_op.drop_column("told")
        batch_op.drop_column("term")

    with op.batch_alter_table("procedure_version", schema=None) as batch_op:
        batch_op.drop_column("layers")
        batch_op.drop_column("texts")
        batch_op.drop_column("called")
        batch_op.drop_column("decisions")
        batch_op.drop_column("number")

    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_column("paused_at")
        batch_op.drop_column("suspended_why")
        batch_op.drop_index(batch_op.f("ix_case_parent_id"))
        batch_op.drop_column("asked_by")
        batch_op.drop_column("parent_id")
        batch_op.drop_column("suspended_at")

    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_document_source_id"))
        batch_op.drop_column("source_id")

    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.drop_column("result")

    with op.batch_alter_table("pause", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pause_case_id"))

    op.drop_table("pause")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index("ix_notice_task_id_code")
        batch_op.drop_index("ix_notice_post_id_read_at")

    op.drop_table("notice")
    with op.batch_alter_table("listener", schema=None) as batch_op:
        batch_op.drop_index("ix_listener_kind_name_correlation")
        batch_op.drop_index(batch_op.f("ix_listener_case_id"))

    op.drop_table("listener")
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_closed_at_opened_at")
        batch_op.drop_index(batch_op.f("ix_incident_case_id"))

    op.drop_table("incident")
    with op.batch_alter_table("case_message", schema=None) as batch_op:
        batch_op.drop_index("ix_case_message_name_state")

    op.drop_table("case_message")
    with op.batch_alter_table("bulk_item", schema=None) as batch_op:
        batch_op.drop_index("ix_bulk_item_reference")
        batch_op.drop_index("ix_bulk_item_bulk_id_outcome_id")

    op.drop_table("bulk_item")
    with op.batch_alter_table("layer_notice", schema=None) as batch_op:
        batch_op.drop_index("ix_layer_notice_key_place_settled_at")

    op.drop_table("layer_notice")
    with op.batch_alter_table("case_trigger", schema=None) as batch_op:
        batch_op.drop_index("ix_case_trigger_kind_name")
        batch_op.drop_index("ix_case_trigger_due_at")

    op.drop_table("case_trigger")
    op.drop_table("layer_version")
    op.drop_table("layer_draft")
    op.drop_table("bulk")


def _grant() -> None:
    """Roles that were there may do what their kind may do since this release."""
    role = sa.table("role", sa.column("code", sa.String()))
    grant = sa.table(
        "role_grant",
        sa.column("id", sa.Uuid()),
        sa.column("role_code", sa.String()),
        sa.column("permission", sa.String()),
    )
    known = {tuple(row) for row in op.get_bind().execute(sa.select(grant.c.role_code, grant.c.permission))}
    for code in op.get_bind().scalars(sa.select(role.c.code)).all():
        for permission in GRANTS.get(code, ()):
            if (code, permission) not in known:
                op.get_bind().execute(grant.insert().values(id=uuid4(), role_code=code, permission=permission))


def _open_registers_of_copies() -> None:
    """Agencies that were there number copies, too (NĐ 30/2020, Điều 26)."""
    register = sa.table(
        "register",
        sa.column("id", sa.Uuid()),
        sa.column("unit_id", sa.Uuid()),
        sa.column("kind", sa.String()),
        sa.column("name", sa.String()),
    )
    units = sa.select(register.c.unit_id).where(register.c.kind == "outgoing").distinct()
    for unit_id in op.get_bind().scalars(units).all():
        row = {"id": uuid4(), "unit_id": unit_id, "kind": "copy", "name": "Sổ đăng ký bản sao"}
        op.get_bind().execute(register.insert().values(**row))
