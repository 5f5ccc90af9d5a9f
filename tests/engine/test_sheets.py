"""Decision tables as people write them: read, written back and held against themselves."""

from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine import dmn, proofreading, sheets
from app.engine.decisions import POLICIES
from app.engine.dmnwriting import written
from app.engine.overlaps import ELSE
from app.engine.sheetchanges import changes
from app.engine.sheets import INPUT, OUTPUT, Field, Line, Sheet
from app.kernel.errors import Invalid, OfficeError
from tests.engine.tables import column, output, table

ROUTE = Path("processes/common/complaint_petition/petition_route.dmn")
CELLS = ["-", "", "5", "> 3", "[1..4]", "< 2, > 7", "not(5)", "input % 2 == 0", '"a"', '"<b>&", "\'x"', "limit"]
RESULTS = ["1", "n + 1", '"<script>"', "null", "-", "limit"]


@st.composite
def _sheet(draw: st.DrawFn) -> Sheet:
    inputs = draw(st.integers(1, 3))
    fields = [Field(f"in_{at}", INPUT, name, "Tên <&>") for at, name in enumerate("nmk"[:inputs])]
    cells = st.tuples(*[st.sampled_from(CELLS)] * inputs, st.sampled_from(RESULTS))
    rows = draw(st.lists(cells, min_size=1, max_size=6))
    lines = [Line(f"r{at}", row, draw(st.sampled_from(["", "Ghi <chú>"]))) for at, row in enumerate(rows)]
    policy = draw(st.sampled_from(sorted(POLICIES.keys() - {"PRIORITY", "OUTPUT ORDER"})))
    return Sheet((*fields, Field("out", OUTPUT, "r")), tuple(lines), policy, "Bảng")


def _said(xml: bytes, data: dict[str, Any]) -> Any:
    try:
        return dmn.read(xml).decide(data)
    except OfficeError as error:
        return error.code


@given(_sheet(), st.lists(st.sampled_from([None, 1, 2, 5, 8, "a", "'x", 4.5]), min_size=3, max_size=3))
@settings(max_examples=150, deadline=None)
def test_what_is_read_and_written_again_decides_the_same(sheet: Sheet, values: list[Any]) -> None:
    xml = written(sheet)
    assert sheets.opened(xml) == sheet
    again = written(sheets.opened(xml), xml)
    assert sheets.opened(again) == sheet
    data = {**dict(zip("nmk", values, strict=True)), "limit": 2}
    assert _said(again, data) == _said(xml, data)


def test_what_ships_is_written_as_it_was_read_and_keeps_what_stands_beside_the_table() -> None:
    xml = ROUTE.read_bytes()
    assert sheets.opened(written(sheets.opened(xml), xml)) == sheets.opened(xml)
    foreign = xml.replace(b"</definitions>", b'<inputData id="beside" name="x"/></definitions>')
    foreign = foreign.replace(b'<rule id="rule_2">', b'<rule id="rule_2" xmlns:c="urn:c" c:tag="kept">')
    sheet = sheets.opened(foreign)
    shorter = Sheet(sheet.fields, sheet.lines[1:], "FIRST", sheet.name)
    made = written(shorter, foreign)
    assert b'id="beside"' in made
    assert b'tag="kept"' in made
    assert [one.name for one in sheets.strange(made)] == ["{urn:c}tag"]
    assert sheets.strange(sheets.purged(made)) == []
    assert len(dmn.read(sheets.purged(made)).rules) == 6


def test_every_cell_that_is_wrong_is_told_with_its_place() -> None:
    xml = table(column("n", "number") + column(""), output("r", "number"), '> | - => 1\n> 5 | a b => "x"')
    proof = proofreading.proofread(sheets.opened(xml))
    places = [(one.line, one.field, one.part, one.error.code) for one in proof.problems]
    assert places == [
        ("rule_1", "input_1", "", "expression.syntax"),
        ("", "input_2", "text", "expression.syntax"),
        ("rule_2", "input_2", "", "expression.syntax"),
        ("rule_2", "output_1", "", "decision.type"),
    ]
    assert proof.table is None


def test_rows_that_match_together_and_data_that_no_row_matches_are_named() -> None:
    columns = column("n", "number") + column("kind", "string", '"a", "b"')
    rows = '< 5 | - => 1\n[3..9] | "a" => 2\n> 9 | - => 3'
    proof = proofreading.proofread(sheets.opened(table(columns, output("r"), rows)))
    assert [(one.first, one.second, one.when) for one in proof.overlaps] == [(1, 2, (3, "a"))]
    assert [one.error.code for one in proof.problems] == ["decision.overlap"]
    rows = '< 5 | - => 1\n[5..9] | "a" => 2\n> 9 | - => 3'
    proof = proofreading.proofread(sheets.opened(table(columns, output("r"), rows)))
    assert (proof.problems, proof.overlaps, proof.gaps) == ((), (), ((5, "b"),))
    whole = proofreading.proofread(sheets.opened(table(columns, output("r", default="0"), rows)))
    assert whole.gaps == ()
    texts = proofreading.proofread(sheets.opened(table(column("t", "string"), output("r"), '"x" => 1')))
    assert texts.gaps == ((ELSE,),)
    agreeing = table(column("n", "number"), output("r"), "> 1 => 1\n> 2 => 1\n> 3 => 2", "ANY")
    assert [(one.first, one.second) for one in proofreading.proofread(sheets.opened(agreeing)).overlaps] == [
        (1, 3),
        (2, 3),
    ]


@given(_sheet(), st.sampled_from([1, 2, 3, 4, 5, 6, 8, 9]), st.sampled_from([1, 5, 9]))
@settings(max_examples=80, deadline=None)
def test_what_is_called_a_gap_is_one(sheet: Sheet, first: int, second: int) -> None:
    proof = proofreading.proofread(Sheet(sheet.fields, sheet.lines, "FIRST", "x"))
    if proof.table is None:
        return
    for gap in proof.gaps:
        data = {name: first if value is None else value for name, value in zip("nmk", gap, strict=False)}
        try:
            matched = proof.table.matching({**data, "limit": second})
        except OfficeError:
            continue
        assert matched == [], (gap, data)


def test_a_table_that_is_too_large_or_holds_what_no_document_can_is_refused_and_nothing_hangs() -> None:
    large = Sheet(
        (Field("i", INPUT, "n"), Field("o", OUTPUT, "r")), tuple(Line(f"r{n}", (str(n), "1")) for n in range(2000))
    )
    proof = proofreading.proofread(large)
    assert [one.error.code for one in proof.problems] == ["decision.too_large"]
    many = ", ".join(str(n) for n in range(10))
    fields = (*(Field(f"i{n}", INPUT, f"n{n}", kind="number") for n in range(6)), Field("o", OUTPUT, "r"))
    dense = Sheet(fields, tuple(Line(f"r{n}", (*(f"{n}, {at}, {many}" for at in range(6)), "1")) for n in range(200)))
    began = perf_counter()
    assert [one.error.code for one in proofreading.proofread(dense).problems] == ["decision.too_dense"]
    assert perf_counter() - began < 30
    with pytest.raises(Invalid, match=r"table\.text"):
        written(Sheet(large.fields, (Line("r", ("\x00", "1")),)))
    with pytest.raises(Invalid, match=r"table\.entries"):
        sheets.opened(table(column("n"), output("r"), "- | - => 1"))


def test_rows_are_compared_by_what_they_say() -> None:
    fields = (Field("i", INPUT, "n"), Field("o", OUTPUT, "r"))
    old = Sheet(fields, tuple(Line(f"r{n}", (str(n), "1")) for n in range(1, 5)))
    new = Sheet(fields, (*(Line(f"x{n}", (str(n), "1")) for n in (1, 2)), Line("x", ("3", "9")), Line("y", ("7", "1"))))
    found = changes(old, new)
    assert [(one.what, one.before, one.after) for one in found.rows] == [
        ("changed", ("3", "1", ""), ("3", "9", "")),
        ("changed", ("4", "1", ""), ("7", "1", "")),
    ]
    fewer = Sheet(fields, old.lines[1:])
    assert [(one.what, one.number) for one in changes(old, fewer).rows] == [("removed", 1)]
    assert [(one.what, one.number) for one in changes(fewer, old).rows] == [("added", 1)]
    assert changes(old, old).rows == ()
