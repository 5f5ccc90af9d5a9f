"""What incidents, their repair and acts on many cases look like as JSON."""

from marshmallow import fields, validate

from app.api.v1.schemas import Page, Reason, Strict


class IncidentFilter(Strict):
    """Which incidents."""

    code = fields.String(load_default="", validate=validate.Length(max=200))
    node = fields.String(load_default="", validate=validate.Length(max=200))
    procedure = fields.String(load_default="", validate=validate.Length(max=200))
    unit_id = fields.UUID(load_default=None, allow_none=True)
    search = fields.String(load_default="", validate=validate.Length(max=100))


class IncidentQuery(IncidentFilter, Page):
    """Which part of which incidents."""

    closed = fields.Boolean(load_default=False)


class IncidentShown(Strict):
    """An incident (sự cố)."""

    id = fields.UUID(required=True)
    case_id = fields.UUID(required=True)
    procedure = fields.String(attribute="case.version.key", required=True)
    unit_id = fields.UUID(attribute="case.unit_id", required=True)
    act = fields.String(required=True, metadata={"description": "What could not be done: complete, answer, timer, …"})
    node = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "Stable key of the cause"})
    attempts = fields.Integer(required=True)
    note = fields.String(required=True)
    opened_at = fields.AwareDateTime(required=True)
    closed_at = fields.AwareDateTime(allow_none=True)
    how = fields.String(required=True, metadata={"description": "How it ended: retried, skipped, moved, overtaken"})


class IncidentDetail(IncidentShown):
    """An incident and the nodes its case could be moved to."""

    destinations = fields.List(fields.String(), required=True)


class Retry(Reason):
    """A retry, after changes to what the case knows."""

    changes = fields.Dict(keys=fields.String(), load_default=dict)


class Skip(Reason):
    """The result that stands for an operation's."""

    result = fields.Dict(keys=fields.String(), load_default=dict)


class Move(Reason):
    """Where to go on."""

    to_node = fields.String(required=True)


class Note(Strict):
    """A note for other operators."""

    note = fields.String(required=True)


class Outcome(Strict):
    """What came of a repair."""

    outcome = fields.String(
        required=True,
        validate=validate.OneOf(("went_on", "failed_again_same", "failed_again_new", "waiting")),
    )


class ManyRepairs(IncidentFilter, Reason):
    """One repair for every incident of a filter; `expected` is how many the caller has counted."""

    act = fields.String(required=True, validate=validate.OneOf(("retry", "skip")))
    expected = fields.Integer(required=True)
    words = fields.Dict(
        keys=fields.String(), load_default=dict, metadata={"description": "The changes, or the result of a skip"}
    )


class BulkShown(Strict):
    """A bulk act and its outcomes so far."""

    id = fields.UUID(required=True)
    act = fields.String(required=True)
    reason = fields.String(required=True)
    made_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    outcomes = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
