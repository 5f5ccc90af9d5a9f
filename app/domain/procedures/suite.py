"""The scenarios of a draft (bộ kịch bản thử): those that ship and those people saved; of a name the nearest counts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.orgunits.models import Unit
from app.domain.procedures import assembly, drafts, effective, layers, library, places, sandbox, scenarios, trials
from app.domain.procedures.assembly import Assembled
from app.domain.procedures.drafts import Subject
from app.domain.procedures.layers import Thing
from app.domain.procedures.models import LayerDraft
from app.domain.procedures.places import Chart
from app.domain.procedures.scenarios import Difference, Scenario
from app.domain.procedures.trials import Ask, Outcome, Trial
from app.kernel.errors import Conflict, Invalid, Missing, OfficeError
from app.kernel.text import is_blank, is_readable

LONGEST_NAME = 200
MOST = 100
"""So many scenarios of a place are tried; who needs more has another procedure."""


@dataclass(frozen=True)
class Entry:
    """One scenario and the place that said it; `scenario` is a problem where what was saved is none."""

    name: str
    place: str
    scenario: Scenario | Difference


@dataclass(frozen=True)
class Stage:
    """A draft as one unit would run it, and the scenarios that go with it."""

    unit: Unit
    assembled: Assembled
    entries: tuple[Entry, ...]


def visible(actor: Actor, draft_id: UUID) -> LayerDraft:
    """A draft of a procedure, for those who may edit it. Missing otherwise."""
    draft = drafts.visible_draft(actor, draft_id)
    if draft.kind != "procedure":
        raise Missing("draft.missing")
    return draft


def stage(draft: LayerDraft, unit: Unit, known: Chart) -> Stage:
    """A draft as a unit below its place would run it. Raises as `effective`, Missing for another unit."""
    chain = known.chain(unit.id)
    if draft.place not in chain:
        raise Missing("unit.missing")
    standing = layers.shelf(chain).along(chain)
    thing = effective.said_otherwise(draft.key, draft.place, draft.content, chain, standing)
    found = effective.drafted(thing, draft.key, standing)
    along = entries(draft.key, chain, thing, set(known.kinds(unit.level_code)))
    return Stage(unit, assembly.of_effective(found), tuple(along)[:MOST])


def before_and_after(draft: LayerDraft) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """All that is said of a procedure at the place of a draft: today, and with the draft."""
    chain = places.chart().seen_from(draft.place)
    standing = layers.shelf(chain).along(chain)
    now = layers.thing(standing, draft.kind, draft.key)
    then = effective.said_otherwise(draft.key, draft.place, draft.content, chain, standing)
    return {} if now is None else now.content, then.content


def diagram(content: Mapping[str, Any]) -> bytes:
    """The diagram of all that is said of a procedure, with what is said of single steps; nothing when there is none.

    Where what is said does not fit the diagram, the diagram by itself: the gate says what is wrong.
    """
    if not content.get("diagram"):
        return b""
    try:
        return effective.drawn(content)
    except OfficeError:
        return str(content["diagram"]).encode()


def units(draft: LayerDraft, known: Chart) -> list[Unit]:
    """The agencies that look at the place of a draft."""
    found = (one for one in known.units.values() if one.is_agency and draft.place in known.chain(one.id))
    return sorted(found, key=lambda one: (one.level.rank, one.name))


def tried(draft: LayerDraft, ask: Ask) -> list[Trial]:
    """Run every scenario of a draft, once for each level that has it; levels that run the same are tried together."""
    known = places.chart()
    standins = {one.level_code: one for one in reversed(units(draft, known))}
    together: dict[Any, tuple[Stage, list[str]]] = {}
    refused: list[Trial] = []
    for level, unit in reversed(standins.items()):
        try:
            one = stage(draft, unit, known)
        except OfficeError as error:
            refused.append(Trial(draft.key, (level,), refused=Difference(error.code, error.data)))
            continue
        same = (one.assembled.sha256, tuple(entry.name for entry in one.entries))
        together.setdefault(same, (one, []))[1].append(level)
    return [*refused, *(_tried(one, tuple(levels), ask) for one, levels in together.values())]


def keep(actor: Actor, draft_id: UUID, name: str, text: str) -> LayerDraft:
    """Save a scenario in a draft, over one of the same name. Invalid on `name`, or as `scenarios.read`."""
    said = " ".join(name.split())
    if is_blank(said):
        raise Invalid("form.invalid", fields={"name": ("form.required", {})})
    if len(said) > LONGEST_NAME or not is_readable(said):
        raise Invalid("form.invalid", fields={"name": ("form.maxLength", {"limit": LONGEST_NAME})})
    scenarios.read(text.encode())
    return _changed(actor, draft_id, {said: text})


def drop(actor: Actor, draft_id: UUID, name: str) -> LayerDraft:
    """Take a saved scenario out of a draft; one that ships stays. Missing when there is none of that name."""
    if name not in (visible(actor, draft_id).content.get("scenarios") or {}):
        raise Missing("scenario.missing")
    return _changed(actor, draft_id, {name: None})


def accept(actor: Actor, draft_id: UUID, name: str, ask: Ask) -> LayerDraft:
    """Let a scenario expect from now on what happens in the draft; saved under its name. Missing when there is none."""
    draft, known = visible(actor, draft_id), places.chart()
    for unit in units(draft, known):
        one = stage(draft, unit, known)
        entry = next((each for each in one.entries if each.name == name), None)
        if entry is not None and isinstance(entry.scenario, Scenario):
            record = {"given": entry.scenario.given, "steps": list(entry.scenario.steps)}
            run = sandbox.played(one.assembled, record, ask)
            if str((run.told["incident"] or {}).get("code", "")).startswith("rehearsal."):
                raise Conflict("scenario.not_played")
            return keep(actor, draft_id, name, sandbox.written(run, name, entry.scenario.levels))
    raise Missing("scenario.missing")


def _changed(actor: Actor, draft_id: UUID, said: Mapping[str, str | None]) -> LayerDraft:
    draft = visible(actor, draft_id)
    kept = {**(draft.content.get("scenarios") or {}), **said}
    content = {**draft.content, "scenarios": {name: text for name, text in kept.items() if text is not None}}
    about = Subject(draft.kind, draft.key, draft.place)
    return drafts.save_draft(actor, about, content, row_version=draft.row_version)


def entries(key: str, chain: Sequence[str], thing: Thing, kinds: set[str]) -> Iterator[Entry]:
    """The scenarios along a chain, those that ship first, each name once."""
    found = {one.name: one for one in shipped(key, chain)}
    for name, text in thing.content.get("scenarios", {}).items():
        found[name] = Entry(name, thing.origins.get(("scenarios", name), ""), _read(name, text))
    for one in found.values():
        levels = one.scenario.levels if isinstance(one.scenario, Scenario) else ()
        if not levels or {*levels} & kinds:
            yield one


def shipped(key: str, chain: Sequence[str]) -> Iterator[Entry]:
    """What stands beside the diagrams of the library, the farthest first; nothing beyond a diagram of its own."""
    mine: list[tuple[str, Sequence[Scenario]]] = []
    for place in chain:
        inner = place.removeprefix(places.LIBRARY)
        layer = library.layer(inner, key) if inner != place else None
        if layer is not None:
            mine.append((place, scenarios.in_folder(library.ROOT / "processes" / inner / key)))
            if layer.bpmn is not None:
                break
    yield from (Entry(one.name, place, one) for place, found in reversed(mine) for one in found)


def _read(name: str, text: Any) -> Scenario | Difference:
    try:
        found = scenarios.read(str(text).encode())
    except OfficeError as error:
        return Difference(error.code, error.data)
    return replace(found[0], name=name)


def _tried(one: Stage, levels: tuple[str, ...], ask: Ask) -> Trial:
    ready = [entry.scenario for entry in one.entries if isinstance(entry.scenario, Scenario)]
    made = trials.of(one.assembled, levels, ready, ask)
    broken = [Outcome(each.name, each.scenario) for each in one.entries if isinstance(each.scenario, Difference)]
    return replace(made, outcomes=(*broken, *made.outcomes))
