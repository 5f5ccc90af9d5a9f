"""Registers (sổ đăng ký): the ledgers they replace, on the screen and on paper."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.domain.orgunits import queries as orgunits
from app.domain.registers import queries
from app.domain.registers.models import Register
from app.kernel import clock
from app.web import ledger, listing
from app.web.session import current_actor, signed_in

bp = Blueprint("registers", __name__, url_prefix="/registers")
SHOWN = 100
LONGEST = 2000
LEDGERS: Mapping[str, Callable[[ledger.Entries], Sequence[Any]]] = {
    "incoming": ledger.incoming,
    "outgoing": ledger.outgoing,
    "copy": ledger.copies,
}
FIRST_YEAR, LAST_YEAR = 1945, 2999


@dataclass(frozen=True)
class Range:
    """Which numbers of which year are shown; `last` is the last number given that year."""

    year: int
    first: int
    to: int
    last: int


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    """The registers I may read, by agency."""
    found = queries.visible_registers(current_actor())
    units = orgunits.units(one.unit_id for one in found)
    year = clock.office_day().year
    shelves = [
        (units[unit_id], [(one, ledger.last_number(one.id, year)) for one in registers])
        for unit_id, registers in groupby(found, key=lambda one: one.unit_id)
    ]
    return render_template("registers.html", shelves=shelves, year=year)


@bp.get("/<uuid:register_id>")
@signed_in
def show(register_id: UUID) -> ResponseReturnValue:
    """One register as its ledger; void rows are struck through and keep their reason."""
    register = queries.visible_register(current_actor(), register_id)
    chosen = _range(register)
    found = ledger.entries(register.id, chosen.year, chosen.first, chosen.to)
    rows = LEDGERS[register.kind](found)
    return render_template(
        "register.html",
        register=register,
        unit=orgunits.unit(register.unit_id),
        years=sorted({*queries.years(register.id), chosen.year, clock.office_day().year}, reverse=True),
        chosen=chosen,
        rows=rows,
        shown=SHOWN,
    )


def _range(register: Register) -> Range:
    """The range of the address; without one, the last hundred numbers."""
    year = listing.number("year", lowest=FIRST_YEAR, highest=LAST_YEAR) or clock.office_day().year
    last = ledger.last_number(register.id, year)
    first = listing.number("from", lowest=1, highest=listing.FURTHEST)
    to = listing.number("to", lowest=1, highest=listing.FURTHEST)
    to = to if to is not None else (last if first is None else first + SHOWN - 1)
    first = first if first is not None else max(1, to - SHOWN + 1)
    return Range(year, first, min(max(first, to), first + LONGEST - 1), last)
