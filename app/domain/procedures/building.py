"""Building a form (dựng biểu mẫu) in a draft: what is inherited, what is said here, and keeping only the difference."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.procedures import (
    drafts,
    formconditions,
    formkinds,
    formlayout,
    formshape,
    layers,
    library,
    patches,
    places,
)
from app.domain.procedures.drafts import Subject
from app.domain.procedures.formcontent import LANGUAGES, Content, Words, check_words, copied, named
from app.domain.procedures.models import LayerDraft, LayerVersion
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Missing

SCHEMA = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True)
class Worked:
    """A form somebody works on. `behind` is what it inherits, `content` all that it is, `origins` tell who said what.

    `published` is the form as it is in effect at this place today.
    """

    draft: LayerDraft
    said: Mapping[str, Any]
    row_version: int
    behind: Content
    content: Content
    published: Content
    origins: Mapping[patches.Path, str]

    @property
    def about(self) -> Subject:
        """What the draft is about."""
        return Subject(self.draft.kind, self.draft.key, self.draft.place)

    @property
    def is_inheriting(self) -> bool:
        """Whether there is a form behind this place."""
        return bool(self.behind)

    def origin(self, name: str) -> str:
        """The place that last said something about an inherited field; nothing for one that is said here only."""
        schema = [place for path, place in self.origins.items() if path[:3] == ("schema", "properties", name)]
        return schema[0] if schema else ""

    def state(self, name: str) -> str:
        """What a field is at this place: `own`, `changed` here, or `inherited` as it is."""
        if name not in _fields(self.behind):
            return "own"
        return "inherited" if is_alike(self.behind, self.content, name) else "changed"

    @property
    def removed(self) -> list[str]:
        """Inherited fields that this place does without."""
        return [name for name in _fields(self.behind) if name not in _fields(self.content)]

    @property
    def undoable(self) -> str:
        """The last act on the draft, if it can be undone: nothing else was saved since."""
        undo = self.draft.undo
        return str(undo["act"]) if undo and undo["of"] == library.digest(dict(self.said)) else ""


def worked(actor: Actor, draft_id: UUID) -> Worked:
    """A draft of a form, for those who may edit it; Missing for everybody else and for drafts of other things.

    Invalid as `formshape.check_drawable` when what was written by hand is no form.
    """
    draft = drafts.visible_draft(actor, draft_id)
    if draft.kind != "form":
        raise Missing("draft.missing")
    about = Subject(draft.kind, draft.key, draft.place)
    above = layers.thing(drafts.behind(about), "form", draft.key)
    behind = {} if above is None else dict(above.content)
    content = copied(patches.merged(behind, draft.content))
    formshape.check_drawable(content)
    return Worked(
        draft=draft,
        said=draft.content,
        row_version=draft.row_version,
        behind=behind,
        content=content,
        published=patches.merged(behind, drafts.published(about)),
        origins={} if above is None else above.origins,
    )


def whole(about: Subject, content: Mapping[str, Any]) -> Content:
    """The form that something said at a place makes of what is behind it today."""
    above = layers.thing(drafts.behind(about), "form", about.key)
    return copied(patches.merged({} if above is None else above.content, content))


@command
def keep(actor: Actor, form: Worked, content: Mapping[str, Any], *, act: str, row_version: int) -> LayerDraft:
    """Keep a form in its draft: only what differs from what is behind. `act` is what was done, for undoing it.

    Raises as `drafts.save_draft`: Conflict "draft.stale" when somebody else saved since `row_version`.
    """
    return _keep(actor, form, patches.difference(form.behind, _plain(form.behind, content)), act, row_version)


@command
def undo(actor: Actor, draft_id: UUID, *, row_version: int) -> LayerDraft:
    """Take the last act back; done again it is repeated. Conflict "builder.no_undo" when something else was saved."""
    form = worked(actor, draft_id)
    if not form.undoable:
        raise Conflict("builder.no_undo")
    return _keep(actor, form, form.draft.undo["content"], form.undoable, row_version)


def begin(actor: Actor, place: str, titles: Words, like: str = "") -> LayerDraft:
    """A draft of a new form for a place: empty, or a copy of another one that is seen from there.

    Its key is made of its title. Raises as `drafts.save_draft`, Missing "form.missing" for what cannot be copied.
    """
    check_words("title", titles, formshape.LONGEST["title"], needed=True)
    places.require(actor, "procedures.edit", place, places.chart())
    content = _empty()
    if like:
        chain = places.chart().seen_from(place)
        found = layers.thing(layers.shelf(chain).along(chain), "form", like)
        if found is None:
            raise Missing("form.missing", key=like)
        content = copied(found.content)
    for language in LANGUAGES:
        content["texts"][language]["title"] = titles.get(language, "").strip() or titles["vi"].strip()
    return drafts.save_draft(actor, Subject("form", named(titles["vi"], _keys()), place), content)


def check_kept(form: Worked, content: Mapping[str, Any], name: str) -> None:
    """Refuse (Conflict "builder.kept") to change what the software itself counts on when it writes a form down."""
    schema = form.content["schema"]
    if not formkinds.is_kept(schema, form.draft.key, name):
        return
    after = content["schema"]
    if name not in after["properties"] or _counted_on(schema, name) != _counted_on(after, name):
        raise Conflict("builder.kept")


def check_unpublished(form: Worked, name: str) -> None:
    """Refuse (Conflict "builder.key_published") to rename what cases may know under its key already."""
    if name in _fields(form.behind) or name in _fields(form.published):
        raise Conflict("builder.key_published", key=name)


def is_alike(one: Mapping[str, Any], other: Mapping[str, Any], name: str) -> bool:
    """Whether two forms say the same of a field: its schema, its texts, and whether it must be filled in."""
    return patches.same(*(_all_of(form, name) for form in (one, other)))


def _all_of(form: Mapping[str, Any], name: str) -> list[Any]:
    schema = form["schema"]
    texts = [form.get("texts", {}).get(language, {}).get("fields", {}).get(name) or {} for language in LANGUAGES]
    return [schema["properties"][name], texts, formconditions.is_required(schema, name)]


def _counted_on(schema: Mapping[str, Any], name: str) -> list[Any]:
    spec = schema["properties"][name]
    shown = formconditions.condition(spec)
    return [
        formkinds.kind(spec),
        formkinds.choices(spec),
        formconditions.is_required(schema, name),
        None if shown is None else shown.rule,
    ]


def _keep(actor: Actor, form: Worked, patch: Mapping[str, Any], act: str, row_version: int) -> LayerDraft:
    before = dict(form.said)
    kept = drafts.save_draft(actor, form.about, patch, row_version=row_version)
    kept.undo = {"of": library.digest(dict(patch)), "act": act, "content": before}
    db.session.flush()
    return kept


def _plain(behind: Content, content: Mapping[str, Any]) -> Content:
    """The content without what makes no difference: empty parts that only stand there for acts to find them."""
    known = behind.get("texts", {})
    texts = {language: said for language, said in content["texts"].items() if said or language in known}
    schema = formlayout.agreed(content["schema"], behind["schema"]) if behind.get("schema") else content["schema"]
    return {"schema": schema, "texts": {language: _filled(said, behind, language) for language, said in texts.items()}}


def _filled(said: Mapping[str, Any], behind: Mapping[str, Any], language: str) -> Content:
    known = behind.get("texts", {}).get(language, {})
    found = {part: text for part, text in said.items() if text or part in known}
    fields = found.get("fields", {})
    if fields:
        found["fields"] = {name: text for name, text in fields.items() if text or name in known.get("fields", {})}
    return found


def _fields(content: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = content.get("schema", {}).get("properties", {})
    return found


def _empty() -> Content:
    schema = {"$schema": SCHEMA, "type": "object", "additionalProperties": False, "properties": {}}
    return copied({"schema": schema, "texts": {}})


def _keys() -> Iterable[str]:
    """Every key that a form has anywhere."""
    for model in (LayerVersion, LayerDraft):
        yield from db.session.scalars(select(model.key).where(model.kind == "form").distinct())
