"""Acts on many cases as pages show them: what was chosen, what is still to choose, what would come of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from app.domain.actors.actor import Actor
from app.domain.cases import manyacts, seeking
from app.domain.cases.manyacts import REASSIGN, SEND, Chosen, Tried
from app.domain.cases.models import Case
from app.kernel.errors import Invalid
from app.web import choices, operating, sought, trouble
from app.web.choices import Choice
from app.web.i18n import t

NEEDED = {SEND: "to_node", REASSIGN: "to_post_id"}
"""What an act needs to know beside its cases."""
MOST_SHOWN = 50
MOST_AGENCIES = 5


def chosen(key: str, source: Mapping[str, str], *, reason: str) -> Chosen:
    """What a form asks for: the ticked cases, or everything its filter finds. Invalid for a value that is none."""
    wanted = sought.sought(key, source)
    if sought.is_nonsense(wanted, source):
        raise Invalid("seek.value_wrong")
    if source.get("which") != "found":
        wanted = replace(wanted, only=frozenset(_ticked(source)))
    act = source.get("act", "")
    name = NEEDED.get(act, "")
    spec: dict[str, Any] = {name: source.get(name, "")[: sought.LONGEST]} if name else {}
    if name == NEEDED[REASSIGN] and sought.uuid(spec[name]) is None:
        spec[name] = ""
    return Chosen(act, wanted, {**spec, "node": wanted.node}, reason)


def lacks(asked: Chosen) -> str:
    """The name of what is still to be chosen before anything can be tried."""
    name = NEEDED.get(asked.act, "")
    return name if name and not asked.spec.get(name) else ""


def carried(source: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a form must say again: the filter, which cases, and the act."""
    kept = list(sought.kept(source, *sought.SCOPE, *sought.NARROWER, "act", "which").items())
    return kept + [("case", str(one)) for one in _ticked(source)]


def outcomes(tried: Sequence[Tried]) -> list[tuple[str, str, int]]:
    """How many cases would come to what: the outcome, why, and how many."""
    counted = Counter((one.outcome.word, one.outcome.code) for one in tried)
    return [(_word(word), trouble.cause(code), number) for (word, code), number in counted.most_common()]


def stopped(actor: Actor, tried: Sequence[Tried]) -> list[tuple[Case, str]]:
    """The first cases that the act would not change, each with why."""
    kept = {one.case_id: one for one in tried if one.outcome.word != manyacts.DONE}
    first = frozenset(list(kept)[:MOST_SHOWN])
    if not first:
        return []
    found = seeking.by_ids(actor, first)
    return [(case, _why(kept[case.id])) for case in found]


def steps(actor: Actor, asked: Chosen, case_ids: Sequence[UUID]) -> list[Choice]:
    """The steps that cases can be sent to, by the diagrams they run on."""
    if asked.act != SEND:
        return []
    names: dict[str, str] = {}
    for case in seeking.by_ids(actor, frozenset(case_ids[:MOST_SHOWN])):
        for node in case.version.forms:
            names.setdefault(node, operating.node_name(case.version, node))
    return [Choice(node, name) for node, name in names.items()]


def posts(actor: Actor, asked: Chosen, case_ids: Sequence[UUID]) -> list[Choice]:
    """The posts that can take work over: those of the agencies of the cases."""
    if asked.act != REASSIGN:
        return []
    units = dict.fromkeys(one.unit_id for one in seeking.by_ids(actor, frozenset(case_ids[:MOST_SHOWN])))
    return [one for unit in list(units)[:MOST_AGENCIES] for one in choices.posts(actor, unit)]


def _why(one: Tried) -> str:
    word = _word(one.outcome.word)
    return f"{word}: {trouble.cause(one.outcome.code)}" if one.outcome.code else word


def _word(outcome: str) -> str:
    """An outcome before it has come: what would be done has not been done."""
    return t("bulk.would_do") if outcome == manyacts.DONE else t(f"outcome.{outcome}")


def _ticked(source: Mapping[str, str]) -> list[UUID]:
    texts = source.getlist("case") if isinstance(source, MultiDict) else []
    return [one for text in texts if (one := sought.uuid(text)) is not None]
