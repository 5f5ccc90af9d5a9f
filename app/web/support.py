"""What BPMN runs here (mức hỗ trợ BPMN): the measured table of this very build, for those who draw."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.domain.procedures import library, places
from app.web.session import current_actor, signed_in

bp = Blueprint("support", __name__, url_prefix="/procedures/gallery")
_ROW = re.compile(r"\| (.+?) \| (runs|rewritten|refused) \| `([^`]+)`.*\|")


@dataclass(frozen=True)
class Line:
    """One element of the notation: whether it runs, and the test that plays it."""

    element: str
    outcome: str
    test: str


@bp.get("/elements")
@signed_in
def show() -> ResponseReturnValue:
    """Every element with what becomes of it, by the sections of the notation."""
    places.require_reader(current_actor())
    found = sections()
    counts = Counter(line.outcome for lines in found.values() for line in lines)
    return render_template("support.html", sections=found, counts=counts)


@cache
def sections() -> dict[str, list[Line]]:
    """The table that the tests write (`docs/bpmn-support.md`), read once; a test fails when it is out of date."""
    found: dict[str, list[Line]] = {}
    lines: list[Line] = []
    for text in (library.ROOT / "docs" / "bpmn-support.md").read_text("utf-8").splitlines():
        if text.startswith("## "):
            lines = found.setdefault(text.removeprefix("## "), [])
        elif (match := _ROW.fullmatch(text)) is not None:
            lines.append(Line(*match.groups()))
    return {name: rows for name, rows in found.items() if rows}
