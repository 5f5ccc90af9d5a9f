"""Which cases a page is about: the filter as it stands in the address, and back into one."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import request, url_for

from app.domain.cases import answers, seeking
from app.domain.cases.answers import SIGNS, Compared, Field
from app.domain.cases.figures import Period
from app.domain.cases.seeking import Sought
from app.domain.documents.rules import URGENCIES, folded
from app.kernel import clock
from app.web import filters, forms, i18n, listing
from app.web.i18n import t

DAYS = (7, 30, 90)
LONGEST = 200
SCOPE = ("unit_id", "version_id", "urgency")
NARROWER = ("q", "node", "post_id", "state", "due_from", "due_to", "code", "field", "sign", "value")
PERIOD = ("days", "since", "until")


def scope(key: str, source: Mapping[str, str] | None = None) -> Sought:
    """Unit, version and urgency; nonsense filters nothing."""
    given = request.args if source is None else source
    urgency = given.get("urgency", "")
    return Sought(
        key,
        unit_id=uuid(given.get("unit_id", "")),
        version_id=uuid(given.get("version_id", "")),
        urgency=urgency if urgency in URGENCIES else "",
    )


def sought(key: str, source: Mapping[str, str] | None = None) -> Sought:
    """Everything that can be asked for."""
    given = request.args if source is None else source
    wide, state = scope(key, given), given.get("state", "")
    return Sought(
        key,
        wide.unit_id,
        wide.version_id,
        wide.urgency,
        words=folded(" ".join(given.get("q", "")[: listing.LONGEST_SEARCH].split())),
        node=given.get("node", "")[:LONGEST],
        post_id=uuid(given.get("post_id", "")),
        state=state if state in seeking.STATES else "",
        due_from=day(given.get("due_from", "")),
        due_to=day(given.get("due_to", "")),
        code=given.get("code", "")[:LONGEST],
        answer=_compared(key, given),
    )


def is_nonsense(wanted: Sought, source: Mapping[str, str] | None = None) -> bool:
    """Whether a value was typed that is none of its field: nothing is filtered by it."""
    given = request.args if source is None else source
    return wanted.answer is None and bool(given.get("field") and given.get("value", "").strip())


def kept(source: Mapping[str, str] | None = None, *names: str) -> dict[str, str]:
    """What of the address goes on to another page; empty entries are left out."""
    given = request.args if source is None else source
    return {name: given[name][:LONGEST] for name in names or (*SCOPE, *NARROWER) if given.get(name)}


def address(endpoint: str, key: str, **changed: Any) -> str:
    """A page about the same cases, with some of its filter changed."""
    kept_ones: dict[str, Any] = kept(None, *SCOPE, *NARROWER, *PERIOD, "show")
    return url_for(endpoint, key=key, **{**kept_ones, **changed})


def period() -> tuple[Period, int | None]:
    """The days that figures are about, and how many to today if they were asked for so; 30 unless others are named."""
    since, until = (day(request.args.get(name, "")) for name in ("since", "until"))
    today = clock.office_day()
    if since is not None or until is not None:
        last = until or today
        return _between(min(since or last, last), last), None
    asked = listing.number("days", lowest=1, highest=999)
    number = asked if asked in DAYS else DAYS[1]
    return _between(today - timedelta(days=number - 1), today), number


def day(text: str) -> date | None:
    """A day as it is typed; None for nothing and for nonsense."""
    try:
        return date.fromisoformat(forms.day(forms.tidy(text[:20])))
    except ValueError:
        return None


def uuid(text: str) -> UUID | None:
    """An id of the address; None for nonsense."""
    try:
        return UUID(text)
    except ValueError:
        return None


def label(field: Field) -> str:
    """What a field is called in its form."""
    said = field.texts.get(i18n.locale()) or field.texts.get(i18n.DEFAULT, {})
    return str(said.get("label") or field.name)


def _between(first: date, last: date) -> Period:
    begin, end = (datetime.combine(one, datetime.min.time(), clock.OFFICE_ZONE) for one in (first, last))
    return Period(begin, end + timedelta(days=1))


def _compared(key: str, given: Mapping[str, str]) -> Compared | None:
    """The comparison that was asked for; none when the field is unknown or the value is not of its kind."""
    name, sign, text = (given.get(part, "").strip()[:LONGEST] for part in ("field", "sign", "value"))
    field = answers.fields(key).get(name) if name and text else None
    if field is None:
        return None
    signs = SIGNS[field.kind]
    value = _value(field, text)
    return None if value is None else Compared(field, sign if sign in signs else signs[0], value)


def _value(field: Field, text: str) -> Any:
    if field.kind == "number":
        number = forms.decimal(text)
        return None if isinstance(number, str) else number
    if field.kind == "day":
        found = day(text)
        return None if found is None else found.isoformat()
    if field.kind == "flag":
        return {"true": True, "false": False}.get(text, text.casefold() == t("answer.yes").casefold())
    return text


def written(compared: Compared) -> str:
    """A comparison as it is read."""
    shown: str = _WRITTEN.get(compared.field.kind, str)(compared.value)
    return t(f"seek.said.{compared.sign}", field=label(compared.field), value=shown)


_WRITTEN: Mapping[str, Callable[[Any], str]] = {
    "day": filters.day,
    "number": lambda value: filters.num(value, 0 if value == int(value) else 2),
    "flag": lambda value: t("answer.yes" if value else "answer.no"),
}
