"""What the page of a signer shows: how far the set-up is, what is wrong, and how long it lasts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, current_app, render_template, request, url_for

from app.domain.actors import queries as actors
from app.domain.actors.actor import Actor
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit
from app.domain.signatures import displays
from app.domain.signers import authentication, commands, holdings, queries, rules
from app.domain.signers.models import SignerKey
from app.kernel.errors import Invalid, OfficeError
from app.web import errors, i18n, plugins
from app.web.i18n import t
from signing.keys.offered import Offered, offered

AT_DESK = tuple(Offered(name, name) for name in sorted(rules.AT_DESK))
STEPS = ("key", "picture", "test", "check")
SECRETS = frozenset({"pkcs12", "pkcs11", "csc"})
"""Kinds of keys that open with something only their holder knows."""


def offers() -> tuple[Offered, ...]:
    """The kinds of keys somebody can choose here."""
    return (*offered(current_app.config["PKI"]), *AT_DESK)


def offer(name: str) -> Offered | None:
    """One of them by its name."""
    return next((one for one in offers() if one.name == name), None)


def home(unit: Unit | None, **more: Any) -> str:
    """The address of one's own page, or of an agency's."""
    if unit is None:
        return url_for("signers.mine", **more)
    return url_for("signers.of_unit", unit_code=unit.code, **more)


def unit_of(key: SignerKey) -> Unit | None:
    """The agency a set-up belongs to, None for a person's."""
    found = queries.owner(key)
    return found if isinstance(found, Unit) else None


def page(actor: Actor, unit: Unit | None, refusal: OfficeError | None = None) -> Response | str:
    """The whole page, which may ask the plugin where it is chosen; `refusal` is what was wrong with what was sent."""
    wanted = _chosen(actor, unit)
    asks = wanted is not None and wanted.kind == plugins.KIND
    made = _page(actor, unit, refusal, plugins.address() if asks else "")
    return plugins.may_be_asked(made) if asks else made


def _page(actor: Actor, unit: Unit | None, refusal: OfficeError | None, plugin: str) -> str:
    ready, draft = _present(actor, unit)
    mine = draft is not None and draft.made_by == actor.person_id
    changing = not mine and (ready is None or "change" in request.args)
    return render_template(
        "signer.html",
        unit=unit,
        home=home(unit),
        ready=_shown(actor, ready),
        draft=_shown(actor, draft) if mine else None,
        other="" if mine or draft is None else _name(draft.made_by),
        changing=changing,
        step=_step(draft) if draft is not None and mine else "key" if changing else "",
        steps=STEPS,
        offers=offers(),
        chosen=_chosen(actor, unit),
        plugin=plugin,
        may_change=_may_change(actor, unit, ready),
        agencies=queries.agencies(actor) if unit is None else [],
        settable=_settable(actor) if unit is None else [],
        held=_held(actor, ready) if unit is not None else None,
        widths=commands.WIDTHS["seal"],
        usual=commands.USUAL["seal"],
        **_wrong(refusal),
    )


def _chosen(actor: Actor, unit: Unit | None) -> Offered | None:
    """The kind of key that is asked for, or that of what is being set up."""
    draft = _present(actor, unit)[1]
    mine = draft is not None and draft.made_by == actor.person_id
    return offer(request.values.get("provider", draft.provider if mine and draft is not None else ""))


def _settable(actor: Actor) -> list[Unit]:
    """The agencies of an administrator, who decides what their signatures show."""
    inside = orgunits.units(seat.agency_id for seat in actor.seats).values()
    return [one for one in inside if one.is_agency and actor.may(displays.EDIT, at=one.id)]


def _present(actor: Actor, unit: Unit | None) -> tuple[SignerKey | None, SignerKey | None]:
    if unit is not None:
        return queries.key_of_unit(unit.id), queries.draft_of_unit(unit.id)
    if actor.person_id is None:
        return None, None
    return queries.key_of_person(actor.person_id), queries.draft_of_person(actor.person_id)


def _name(person_id: UUID | None) -> str:
    return "" if person_id is None else actors.names([person_id]).get(person_id, "")


def _step(draft: SignerKey) -> str:
    """The first thing that is still to do."""
    if not draft.certificate:
        return "key"
    if draft.image_width is None:
        return "picture"
    return "check" if draft.tested_at is not None or draft.provider in rules.AT_DESK else "test"


def _shown(actor: Actor, key: SignerKey | None) -> dict[str, Any] | None:
    """A set-up as the page tells it."""
    if key is None:
        return None
    kind = offer(key.provider) or Offered(key.provider, "gone")
    given = actor.person_id is not None and authentication.live(actor.person_id, key.id) is not None
    trouble = key.test_verdict if "." in key.test_verdict else ""
    found = key.test_found
    return {
        "key": key,
        "offer": kind,
        "waiting": key.test_verdict == commands.WAITING,
        "asks_holder": "begun" in found,
        "trouble": t(trouble if i18n.has(trouble) else "signer.trouble") if trouble else "",
        "needs_secret": kind.kind in SECRETS and not given,
        "named": not key.subject or rules.is_named(key.subject, queries.owner(key)),
        "days": rules.days_left(key),
        "verdict": key.test_verdict if key.test_verdict in ("valid", "invalid", "indeterminate") else "",
        "reasons": [t(one) for one in found.get("reasons", ()) if i18n.has(one)],
        "signature": next((_signed(one) for one in found.get("signatures", ())), None),
        "good": key.test_verdict in rules.GOOD_ENOUGH or key.provider in rules.AT_DESK,
        "at_desk": key.provider in rules.AT_DESK,
    }


def _signed(found: Mapping[str, Any]) -> dict[str, Any]:
    at = found["signed_at"]
    return {**found, "signed_at": None if at is None else datetime.fromisoformat(at)}


def _may_change(actor: Actor, unit: Unit | None, ready: SignerKey | None) -> bool:
    if unit is None:
        return True
    held = None if ready is None else queries.holding(ready.id)
    return actor.may(rules.ISSUE, at=unit.id) and (held is None or held.person_id == actor.person_id)


def _held(actor: Actor, ready: SignerKey | None) -> dict[str, Any] | None:
    """Who holds an agency's key, who held it, and who could be given it."""
    if ready is None or ready.unit_id is None:
        return None
    past = queries.holdings(ready.id)
    ids: set[UUID] = {one for row in past for one in (row.person_id, row.given_by) if one is not None}
    return {
        "past": past,
        "now": next((row for row in past if row.until is None), None),
        "names": actors.names(ids),
        "people": queries.people_of(ready.unit_id),
        "may": holdings.may_hand_over(actor, ready),
        "longest": {"decided_by": holdings.LONGEST_DECISION, "note": holdings.LONGEST_NOTE},
    }


def _wrong(refusal: OfficeError | None) -> Mapping[str, Any]:
    """What is wrong, by field ("" for the whole), and what was typed."""
    typed = {name: value for name, value in request.form.items() if name not in ("pin", "csrf_token")}
    if refusal is None:
        return {"wrong": {}, "typed": typed, "tintable": False}
    fields = refusal.fields if isinstance(refusal, Invalid) else {}
    wrong = {name: _said(name, code, values) for name, (code, values) in fields.items()}
    codes = {code for code, _values in fields.values()}
    return {
        "wrong": wrong or {"": errors.sentence(refusal)},
        "typed": typed,
        "tintable": any(code.startswith("appearance.wrong_colour") for code in codes),
    }


def _said(name: str, code: str, values: Mapping[str, Any]) -> str:
    """What is wrong with a field; of one that is empty the summary must tell which."""
    missing = f"signer.missing.{name}"
    return t(missing) if code == "form.required" and i18n.has(missing) else t(code, **values)
