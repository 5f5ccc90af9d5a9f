"""An axis adds a hop to what passes it: all that was said before stays, and the reader shows the way."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from interchange.edxml.message import Trace
from interchange.edxml.values import VIETNAM
from interchange.hub import tracing
from interchange.hub.book import Book
from interchange.hub.desk import take
from interchange.vxp import EDOC
from tests.exchange.edxml.letters import COMMUNE, OFFICE, document, letter, text

HOP = Trace("H48.12", datetime(2026, 11, 27, 8, 0, tzinfo=VIETNAM))
_LIST = re.compile(r"<edXML:TraceHeaderList>.*</edXML:TraceHeaderList>", re.DOTALL)
_BUSINESS = re.compile(r"<edXML:Bussiness>.*</edXML:Bussiness>", re.DOTALL)
FORMS: dict[str, tuple[Callable[[str], str], int]] = {
    "as the standard says": (lambda xml: xml, 1),
    "without a business": (lambda xml: _BUSINESS.sub("", xml), 1),
    "with an empty list": (lambda xml: _LIST.sub('<edXML:TraceHeaderList id="/>" />', xml), 0),
    "with a list of two tags": (lambda xml: _LIST.sub("<edXML:TraceHeaderList></edXML:TraceHeaderList>", xml), 0),
    "without a list": (lambda xml: _LIST.sub("", xml), 0),
    "without prefixes": (lambda xml: xml.replace("<edXML:", "<").replace("</edXML:", "</"), 1),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_hop_stands_behind_those_before_and_everything_else_is_as_it_was(form: str, tmp_path: Path) -> None:
    change, before = FORMS[form]
    given, first, second = tmp_path / "given", tmp_path / "first", tmp_path / "second"
    given.write_text(change(text(letter(tmp_path / "files"))))
    later = replace(HOP, code=COMMUNE.code)
    tracing.trace(given, first, HOP)
    tracing.trace(first, second, later)
    was, found = (document(one.read_bytes(), tmp_path) for one in (given, second))
    assert len(was.traces) == before
    assert found == replace(was, traces=(*was.traces, HOP, later))


def test_what_an_axis_takes_it_gives_with_the_hop_of_its_sender(tmp_path: Path) -> None:
    book = Book(tmp_path / "axis")
    sender, _recipient = book.register(OFFICE.code, OFFICE.name), book.register(COMMUNE.code, COMMUNE.name)
    (tmp_path / "sent").write_text(text(replace(letter(tmp_path / "files"), traces=())))
    kept = take(book, sender, EDOC, tmp_path / "sent")
    [hop] = document((book.files / kept.file).read_bytes(), tmp_path).traces
    assert hop.code == sender.code
    assert hop.at.astimezone(VIETNAM).date() == datetime.now(VIETNAM).date()
