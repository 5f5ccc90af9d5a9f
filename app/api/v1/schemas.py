"""Shapes of what goes in and out, for the server and for the description."""

from marshmallow import Schema, fields, validate

TABS = ("open", "new", "doing", "soon", "late", "done")


class Strict(Schema):
    """A body with fields it does not know is refused."""

    class Meta:
        """Fields in the order they are declared."""

        ordered = True


class Page(Strict):
    """Which part of a list."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    offset = fields.Integer(load_default=0, validate=validate.Range(0, 1_000_000))


class TaskQuery(Page):
    """Which tasks."""

    tab = fields.String(load_default="open", validate=validate.OneOf(TABS))
    search = fields.String(load_default="", validate=validate.Length(max=100))


class DocumentQuery(Page):
    """Which documents."""

    direction = fields.String(load_default="", validate=validate.OneOf(("", "incoming", "outgoing", "internal")))
    search = fields.String(load_default="", validate=validate.Length(max=100))


class DocumentShown(Strict):
    """A document (văn bản)."""

    id = fields.UUID(required=True)
    direction = fields.String(required=True)
    state = fields.String(required=True)
    reference = fields.String(required=True)
    subject = fields.String(required=True)
    document_type = fields.String(required=True)
    urgency = fields.String(required=True)
    issued_on = fields.Date(allow_none=True)
    issuer_name = fields.String(required=True)
    arrival_number = fields.Integer(allow_none=True)
    unit_id = fields.UUID(required=True)


class TaskShown(Strict):
    """A task (việc)."""

    id = fields.UUID(required=True)
    case_id = fields.UUID(required=True)
    node = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "step, cosign or opinion"})
    form_key = fields.String(required=True)
    opened_at = fields.AwareDateTime(required=True)
    due_at = fields.AwareDateTime(allow_none=True)
    closed_at = fields.AwareDateTime(allow_none=True)
    document = fields.Nested(DocumentShown, attribute="case.document")


class Why(Strict):
    """How the performer of a task was found: a key of the message catalogue and the ids in its sentence."""

    code = fields.String()
    values = fields.Dict()


class TaskDetail(TaskShown):
    """A task with the form it asks for."""

    why = fields.Nested(Why, required=True)

    form = fields.Dict(required=True, metadata={"description": "JSON Schema 2020-12"})
    texts = fields.Dict(required=True)


class Reason(Strict):
    """Why."""

    reason = fields.String(required=True, validate=validate.Length(max=2000))


class ReturnOf(Reason):
    """Why, and to which earlier task; by default to the one before."""

    to = fields.UUID(load_default=None, allow_none=True)


class Handing(Reason):
    """Why, and to which post."""

    post_id = fields.UUID(required=True)


class Question(Strict):
    """What is asked, of whom, until when."""

    post_id = fields.UUID(required=True)
    question = fields.String(required=True, validate=validate.Length(max=2000))
    due_on = fields.Date(load_default=None, allow_none=True)


class Answer(Strict):
    """What one was asked for; a joint signer says whether they agree."""

    opinion = fields.String(load_default="", validate=validate.Length(max=2000))
    agrees = fields.Boolean(load_default=None, allow_none=True)


class NoticeShown(Strict):
    """A notice (thông báo): `text` as it was written, else `code` and `detail` of a sentence of the catalogue."""

    id = fields.UUID(required=True)
    case_id = fields.UUID(required=True, allow_none=True)
    post_id = fields.UUID(required=True)
    text = fields.String(required=True)
    code = fields.String(required=True)
    detail = fields.Dict(required=True)
    made_at = fields.AwareDateTime(required=True)
    read_at = fields.AwareDateTime(allow_none=True)


class OperationShown(Strict):
    """What diagrams may ask for."""

    name = fields.String(required=True)
    takes = fields.Dict(required=True, metadata={"description": "JSON Schema 2020-12 of its parameters"})
    gives = fields.Dict(required=True, metadata={"description": "JSON Schema 2020-12 of its answer"})
    later = fields.Boolean(required=True, metadata={"description": "Whether the answer may come later"})
    effectful = fields.Boolean(required=True, metadata={"description": "Whether it changes or tells something"})


class Completion(Strict):
    """The answers of a form."""

    answers = fields.Dict(keys=fields.String(), required=True)


class CaseStart(Strict):
    """Which procedure, in which of one's posts."""

    procedure = fields.String(load_default="outgoing_document", validate=validate.Length(max=64))
    post_id = fields.UUID(load_default=None, allow_none=True)
    version_id = fields.UUID(load_default=None, allow_none=True, metadata={"description": "An older version"})


class CaseReopen(Strict):
    """At which step a case begins again, and why."""

    node = fields.String(required=True, validate=validate.Length(min=1, max=100))
    reason = fields.String(required=True, validate=validate.Length(min=1, max=1000))


class CaseShown(Strict):
    """A case (hồ sơ xử lý)."""

    id = fields.UUID(required=True)
    procedure = fields.String(attribute="version.key", required=True)
    version = fields.String(attribute="version.sha256", required=True)
    status = fields.String(required=True)
    document_id = fields.UUID(required=True)
    started_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(allow_none=True)


class CaseDetail(CaseShown):
    """A case and its tasks."""

    tasks = fields.List(fields.Nested(TaskShown), required=True)


class StatusShown(Strict):
    """A status a recipient returned."""

    code = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    by = fields.String(required=True)
    reason = fields.String(required=True, metadata={"description": "Code of a refusal: wrong_recipient, …"})
    note = fields.String(required=True)


class DeliveryShown(Strict):
    """One recipient of a sent document."""

    id = fields.UUID(required=True)
    recipient = fields.String(required=True)
    recipient_code = fields.String(required=True)
    delivered_at = fields.AwareDateTime(allow_none=True)
    status = fields.String(allow_none=True)
    arrival_number = fields.Integer(allow_none=True)
    trail = fields.List(fields.Nested(StatusShown), required=True)


class VerdictShown(Strict):
    """What the verifier found for one signature."""

    signer = fields.String(required=True)
    organisation = fields.String(required=True)
    kind = fields.String(required=True)
    verdict = fields.String(required=True)
    signed_at = fields.AwareDateTime(allow_none=True)


class FileShown(Strict):
    """One revision of a file."""

    revision = fields.Integer(required=True)
    stage = fields.String(required=True)
    name = fields.String(required=True)
    sha256 = fields.String(required=True)
    size = fields.Integer(required=True)
    pages = fields.Integer(required=True)


class DocumentDetail(DocumentShown):
    """A document with its files and verdicts."""

    files = fields.List(fields.Nested(FileShown), required=True)
    verdicts = fields.List(fields.Nested(VerdictShown), required=True)


class UnitShown(Strict):
    """An agency one can send to."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    level_code = fields.String(required=True)
    parent_id = fields.UUID(allow_none=True)


class PostShown(Strict):
    """A post work can be given to."""

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    role = fields.String(required=True)
    unit = fields.String(attribute="unit.name", required=True)


class Upload(Schema):
    """One file."""

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class StartShown(Strict):
    """A start of a procedure that needs no person (điểm tự khởi động)."""

    node = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(("timer", "message", "signal")))
    name = fields.String(required=True, allow_none=True)


class TriggerShown(Strict):
    """What is switched on of a procedure at a unit."""

    node = fields.String(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    due_at = fields.AwareDateTime(allow_none=True)


class SwitchShown(Strict):
    """One start and its trigger, if it is on."""

    start = fields.Nested(StartShown, required=True)
    trigger = fields.Nested(TriggerShown, allow_none=True)


class BoardShown(Strict):
    """The starts of a procedure at one unit."""

    unit_id = fields.UUID(required=True, attribute="unit.id")
    is_on = fields.Boolean(required=True)
    switches = fields.List(fields.Nested(SwitchShown), required=True)
