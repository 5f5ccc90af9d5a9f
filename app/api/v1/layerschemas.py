"""Shapes of procedures, drafts, versions and notices."""

from typing import ClassVar

from marshmallow import fields, validate

from app.api.v1.schemas import Page, Strict
from app.domain.procedures.layers import KINDS
from app.domain.procedures.settling import HOW

_KEY = validate.Length(max=64)


class OverviewQuery(Page):
    """Which rows of the overview."""

    unit = fields.String(load_default="", validate=_KEY)
    level = fields.String(load_default="", validate=_KEY)
    key = fields.String(load_default="", validate=_KEY)


class VersionQuery(Strict):
    """Versions of what."""

    kind = fields.String(load_default="procedure", validate=validate.OneOf(KINDS))


class HeadShown(Strict):
    """The version that is in effect at one place."""

    id = fields.UUID(required=True)
    place = fields.String(required=True)
    number = fields.Integer(required=True)


class OverviewShown(Strict):
    """One unit and procedure."""

    unit = fields.String(attribute="unit.code", required=True)
    key = fields.String(required=True)
    head = fields.Nested(HeadShown, required=True)
    version = fields.Integer(allow_none=True, metadata={"description": "What its cases are pinned to"})
    drift = fields.Integer(required=True)
    problem = fields.String(required=True)
    open_cases = fields.Integer(required=True)


class LeafShown(Strict):
    """One value and the place that said it."""

    path = fields.String(required=True)
    value = fields.Raw(required=True)
    place = fields.String(required=True)


class ExplainedShown(Strict):
    """A procedure as one unit has it."""

    unit = fields.String(attribute="unit.code", required=True)
    key = fields.String(required=True)
    leaves = fields.List(fields.Nested(LeafShown), required=True)
    heads = fields.List(fields.Nested(HeadShown), required=True)
    problem = fields.String(allow_none=True)


class VersionShown(Strict):
    """A published version of what one place says."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    key = fields.String(required=True)
    place = fields.String(required=True)
    number = fields.Integer(required=True)
    label = fields.String(required=True)
    reason = fields.String(required=True)
    published_at = fields.AwareDateTime(required=True)
    retired_at = fields.AwareDateTime(allow_none=True)
    content = fields.Dict(required=True)


class TodoShown(Strict):
    """One thing to do before a draft can be published."""

    reason = fields.String(required=True)
    data = fields.Dict(required=True)
    element = fields.String(required=True)
    line = fields.Integer(allow_none=True)


class DraftShown(Strict):
    """A draft and what is left to do."""

    PLAIN: ClassVar = ("id", "kind", "key", "place", "content", "based_on", "row_version", "changed_at")

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    key = fields.String(required=True)
    place = fields.String(required=True)
    content = fields.Dict(required=True)
    based_on = fields.Integer(required=True)
    row_version = fields.Integer(required=True)
    changed_at = fields.AwareDateTime(required=True)
    todo = fields.List(fields.Nested(TodoShown), required=True)


class DraftWritten(Strict):
    """What a place is to say: a JSON merge patch on what stands behind it."""

    kind = fields.String(load_default="procedure", validate=validate.OneOf(KINDS))
    key = fields.String(required=True, validate=_KEY)
    place = fields.String(required=True, validate=validate.Length(max=100))
    content = fields.Dict(required=True)
    row_version = fields.Integer(load_default=None, allow_none=True)


class DraftDiagram(Strict):
    """A diagram of any tool."""

    xml = fields.String(required=True)
    row_version = fields.Integer(required=True)


class Publication(Strict):
    """Why a version is made, and what people call it."""

    reason = fields.String(required=True)
    label = fields.String(load_default="")


class Label(Strict):
    """What people call a version."""

    label = fields.String(required=True)


class Settlement(Strict):
    """How a notice is settled."""

    how = fields.String(required=True, validate=validate.OneOf(HOW))
    reason = fields.String(load_default="", validate=validate.Length(max=500))


class ChangeShown(Strict):
    """What changed above a place, and whether it is at odds with what the place says itself."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    key = fields.String(required=True)
    place = fields.String(required=True)
    above = fields.String(required=True)
    outcome = fields.String(required=True)
    paths = fields.List(fields.String(), required=True)
    at = fields.AwareDateTime(required=True)
    settled_at = fields.AwareDateTime(allow_none=True)
    how = fields.String(required=True)
