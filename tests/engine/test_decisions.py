"""Decision tables: what they say, and which are refused before a case can ask them."""

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine import dmn, unary
from app.kernel.errors import Invalid, OfficeError
from tests.engine.tables import MODELS, column, output, table

pytestmark = pytest.mark.bpmn("Activity: businessRuleTask")


@pytest.mark.parametrize(
    ("cell", "passing", "failing"),
    [
        ("", [None, 1, "a", []], []),
        ("-", [None, 1, "a", []], []),
        ("5", [5, 5.0], [6, None, "5", True]),
        ('"a"', ["a"], ["A", None]),
        ('"a", "b"', ["a", "b"], ["c", None]),
        ('"a,b"', ["a,b"], ["a", "b"]),
        (r'"a\",b"', ['a",b'], ["a"]),
        ("> 5", [6, 5.5], [5, None]),
        (">= 5", [5], [4, None]),
        ("< 5, > 10", [4, 11], [5, 10, None]),
        ("= 5", [5], [4]),
        ("!= 5", [4, None], [5]),
        ("[1..10]", [1, 10], [0, 11, None]),
        ("(1..10)", [2, 9.9], [1, 10]),
        ("]1..10[", [2, 9.9], [1, 10]),
        ("[1 .. 10)", [1], [10]),
        ("[1..3], [7..9]", [1, 3, 7, 9], [4, 6]),
        ("]1..3[, 10", [2, 10], [1, 3]),
        ("[-3..-1]", [-2], [0]),
        ("not(> 5)", [5, None], [6]),
        ('not("a", "b")', ["c", None], ["a", "b"]),
        ("not([1..10])", [0, 11], [5]),
        ("true", [True], [False, None, 1]),
        ("false", [False], [True, None, 0]),
        ("null", [None], [0, "", False]),
        ("input > 5 and input % 2 == 0", [6, 8], [7, 4]),
        ("not(input > 5)", [5], [6]),
        ("not(startswith(input, 'a')) and len(input) == 2", ["bc"], ["ab", "bcd"]),
        ("limit", [7], [8]),
        ("> limit", [8], [7]),
        ("[limit..limit * 2]", [7, 14], [6, 15]),
        ("[1, 2, 3]", [1, 3, [1, 2, 3]], [4]),
        ("known", ["x", "y"], ["z"]),
        ('"[1..2]"', ["[1..2]"], [1]),
        ('["2026-01-01".."2026-12-31"]', ["2026-05-01"], ["2027-01-01", None]),
    ],
)
def test_a_cell_lets_pass_what_it_says(cell: str, passing: list[Any], failing: list[Any]) -> None:
    data = {"limit": 7, "known": ["x", "y"], "input": "hidden"}
    made = unary.cell(cell)
    assert [value for value in passing if not made.holds(value, data)] == []
    assert [value for value in failing if made.holds(value, data)] == []


@pytest.mark.parametrize(
    "cell",
    ["a b", ",", '"a",', "> ", "[1..]", "[1..2", "open()", "> open()", "not(", "5) or (1", "> 5) or (1", "x.__class__"],
)
def test_what_is_no_cell_is_refused(cell: str) -> None:
    with pytest.raises(Invalid, match=r"expression\."):
        unary.cell(cell)


@given(st.text("[](),.\"'<>=-!not input1a \\", max_size=40) | st.text(max_size=20))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_cell_or_is_refused(text: str) -> None:
    with contextlib.suppress(Invalid):
        unary.cell(text).holds(1, {})


@pytest.mark.parametrize(
    "text", ["(" + " " * 400 + ".." + " " * 400, "[" + "." * 900, "(" * 900, "not(" * 200, "x" * 1001]
)
def test_a_hostile_cell_costs_nothing(text: str) -> None:
    with pytest.raises(Invalid, match=r"expression\."):
        unary.cell(text)


LEVELS = column("amount", "number") + column("kind", "string")
WHO = output("who", "string")


@pytest.mark.parametrize("model", MODELS)
def test_the_row_that_matches_says_who(model: str) -> None:
    rows = """
        < 100      | -           => "clerk"
        [100..500] | not("rush") => "head"
        [100..500] | "rush"      => "deputy"
        > 500      | -           => upper(boss)
    """
    made = dmn.read(table(LEVELS, WHO, rows, model=model))
    asked = [(5, "x"), (100, "rush"), (500, None), (501, None), (None, None)]
    told = [made.decide({"amount": amount, "kind": kind, "boss": "lan"}) for amount, kind in asked]
    assert told == ["clerk", "deputy", "head", "LAN", None]
    assert made.decide({}) is None


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("FIRST", "b"),
        ("PRIORITY", "a"),
        ("RULE ORDER", ["b", "a", "c", "a"]),
        ("OUTPUT ORDER", ["a", "a", "b", "c"]),
        ("COLLECT", ["b", "a", "c", "a"]),
        ("COLLECT COUNT", 4),
    ],
)
def test_hit_policies_choose_among_matches(policy: str, told: Any) -> None:
    rows = '- => "b"\n> 1 => "a"\n> 2 => "c"\n> 2 => "a"\n> 9 => "a"'
    made = dmn.read(table(column("n"), output("r", "string", '"a", "b", "c"'), rows, policy))
    assert made.decide({"n": 5}) == told


@pytest.mark.parametrize(
    ("policy", "told", "none"),
    [("COLLECT SUM", 6.5, None), ("COLLECT MIN", 1, None), ("COLLECT MAX", 3, None), ("COLLECT COUNT", 3, 0)],
)
def test_numbers_are_gathered(policy: str, told: Any, none: Any) -> None:
    made = dmn.read(table(column("n"), output("r", "number"), "> 0 => 1\n> 1 => n - 0.5\n> 2 => 3", policy))
    assert (made.decide({"n": 3}), made.decide({"n": 0}), made.decide({})) == (told, none, none)


def test_any_match_will_do_as_long_as_all_agree() -> None:
    made = dmn.read(table(column("n"), output("r"), "> 0 => 1\n> 1 => 1\n> 2 => true", "ANY"))
    assert made.decide({"n": 2}) == 1
    with pytest.raises(Invalid, match=r"decision\.disagree"):
        made.decide({"n": 3})


def test_several_matches_are_an_error_where_one_is_asked_for() -> None:
    made = dmn.read(table(column("n"), output("r"), "> low => 1\n> 1 => 2"))
    assert made.decide({"n": 2, "low": 5}) == 2
    with pytest.raises(Invalid, match=r"decision\.several"):
        made.decide({"n": 2, "low": 0})


def test_several_results_come_as_a_mapping_and_may_have_defaults() -> None:
    outputs = output("who", "string", default='"clerk"') + output("days", "integer")
    made = dmn.read(table(column("n"), outputs, '> 5 => "head" | n * 2\n[1..5] => "deputy" | -'))
    assert made.decide({"n": 6}) == {"who": "head", "days": 12}
    assert made.decide({"n": 1}) == {"who": "deputy", "days": None}
    assert made.decide({}) == {"who": "clerk", "days": None}


def test_priority_looks_at_the_first_result_first() -> None:
    outputs = output("risk", "string", '"high", "low"') + output("n", "integer", "1, 2, 3")
    made = dmn.read(table(column("x"), outputs, '- => "low" | 1\n- => "high" | 3\n- => "high" | 2', "PRIORITY"))
    assert made.decide({}) == {"risk": "high", "n": 2}


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("string", ["", "a", None], [1, True, []]),
        ("boolean", [True, None], [1, "true"]),
        ("number", [1, 1.5, None], ["1", True]),
        ("integer", [1, None], [1.5, True]),
        ("long", [1], [1.5]),
        ("double", [1.5, 1], ["1"]),
        ("feel:string", ["a"], [1]),
        ("Any", [[], 1], []),
    ],
)
def test_inputs_and_results_have_types(kind: str, good: list[Any], bad: list[Any]) -> None:
    made = dmn.read(table(column("n", kind), output("r"), "- => 1"))
    given = dmn.read(table(column("1"), output("r", kind), "- => n"))
    for value in good:
        assert (made.decide({"n": value}), given.decide({"n": value})) == (1, value)
    for value in bad:
        for one in (made, given):
            with pytest.raises(Invalid, match=r"decision\.type"):
                one.decide({"n": value})


def test_an_input_is_one_of_those_foreseen() -> None:
    made = dmn.read(table(column("k", "string", '"a", "b"'), output("r"), '"a" => 1\nnot("a") => 2'))
    assert [made.decide({"k": key}) for key in ("a", "b", None)] == [1, 2, 2]
    with pytest.raises(Invalid, match=r"decision\.value"):
        made.decide({"k": "c"})


def test_a_result_is_one_of_those_foreseen() -> None:
    made = dmn.read(table(column("k"), output("r", "", "1, 2"), "- => k", "PRIORITY"))
    assert made.decide({"k": 2}) == 2
    with pytest.raises(Invalid, match=r"decision\.value"):
        made.decide({"k": 3})


NUMBER, TEXT = column("n", "number"), column("t", "string")


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        (NUMBER, "> 5 => 1\n> 6 => 2"),
        (NUMBER, "[1..5] => 1\n[5..9] => 2"),
        (NUMBER, "> 5 => 1\n< 6 => 2"),
        (NUMBER, "5 => 1\n- => 2"),
        (NUMBER, "-5 => 1\n< 0 => 2"),
        (NUMBER, "not(5) => 1\nnot(6) => 2"),
        (TEXT, '"a" => 1\n"a", "b" => 2'),
        (TEXT, '"a" => 1\nnot("b") => 2'),
        (TEXT, '- => 1\n"a" => 2'),
        (TEXT, "startswith(input, 'ab') => 1\nlen(input) == 2 => 2"),
        (column("b", "boolean"), "true => 1\nnot(false) => 2"),
        (column("n"), '"a", 5 => 1\n> 4 => 2'),
        (NUMBER + TEXT, '> 5 | - => 1\n> 9 | "a" => 2'),
        (column("n", "integer"), "> 5 => 1\n< 7 => 2"),
    ],
)
def test_rows_that_can_match_together_are_found_before_a_case_finds_them(columns: str, rows: str) -> None:
    with pytest.raises(Invalid, match=r"decision\.overlap") as raised:
        dmn.read(table(columns, output("r"), rows))
    assert raised.value.data == {"first": 1, "second": 2}
    assert dmn.read(table(columns, output("r"), rows, "FIRST")).policy == "FIRST"


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        (NUMBER, "[1..5) => 1\n[5..9] => 2\n> 9 => 3\n< 1 => 4"),
        (NUMBER, "5 => 1\nnot(5) => 2"),
        (TEXT, '"a" => 1\n"b" => 2\nnot("a", "b") => 3'),
        (column("n", "integer"), "> 5 => 1\n< 6 => 2"),
        (column("b", "boolean"), "true => 1\nfalse => 2"),
        (column("t", "string", '"a", "b"'), '"a" => 1\nnot("a", "c") => 2'),
        (NUMBER + TEXT, '> 5 | "a" => 1\n> 5 | "b" => 2\n<= 5 | - => 3'),
        (NUMBER, "> a => 1\n> b => 2"),
        (column("n"), '"a" => 1\n> 4 => 2'),
    ],
)
def test_rows_that_cannot_or_need_not_match_together_are_fine(columns: str, rows: str) -> None:
    assert dmn.read(table(columns, output("r"), rows)).policy == "UNIQUE"


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b"<x/>", "decision.not_dmn"),
        (b"<x", "diagram.not_xml"),
        (b'<!DOCTYPE d [<!ENTITY x "y">]><d>&x;</d>', "diagram.doctype"),
        (table(NUMBER, output("r"), "- => 1", model="urn:x"), "decision.not_dmn"),
        (f'<definitions xmlns="{MODELS[1]}"/>'.encode(), "decision.not_one"),
        (table(NUMBER, output("r"), "open() => 1"), "decision.cell"),
        (table(NUMBER, output("r"), "- => open()"), "decision.cell"),
        (table(column("open()"), output("r"), "- => 1"), "decision.cell"),
        (table(column("n", "number", "> "), output("r"), "- => 1"), "decision.cell"),
        (table(column(""), output("r"), "- => 1"), "decision.cell"),
        (table(NUMBER, output("r"), "- | - => 1"), "decision.table"),
        (table(NUMBER, output("r"), "- => 1 | 2"), "decision.table"),
        (table("", output("r"), "- => 1"), "decision.table"),
        (table(NUMBER, "", "- => 1"), "decision.table"),
        (table(NUMBER, output("r"), ""), "decision.table"),
        (table(NUMBER, output("r"), "- => 1", "SOME"), "decision.table"),
        (table(NUMBER, output("r"), "- => 1", "COLLECT AVG"), "decision.table"),
        (table(NUMBER, output("r"), "- => 1", "PRIORITY"), "decision.table"),
        (table(NUMBER, output("r"), "- => 1", "OUTPUT ORDER"), "decision.table"),
        (table(NUMBER, output("r") + output("r"), "- => 1 | 2"), "decision.table"),
        (table(NUMBER, output("r") + output("q"), "- => 1 | 2", "COLLECT SUM"), "decision.table"),
        (table(NUMBER, output("r", "string"), '- => "1"', "COLLECT SUM"), "decision.table"),
        (table(NUMBER, output("r", default="1"), "- => 1", "COLLECT"), "decision.table"),
        (table(NUMBER, output("r", "string"), "- => 1"), "decision.type"),
        (table(NUMBER, output("r", "", "1, 2"), "- => 3", "PRIORITY"), "decision.value"),
        (table(NUMBER, output("r", "string", "1, 2"), '- => "a"', "PRIORITY"), "decision.value"),
        (table(NUMBER, output("r", "tCustom"), "- => 1"), "decision.element"),
        (table(NUMBER, output("r"), "\n".join(["- => 1"] * 201), "FIRST"), "decision.too_large"),
        (table(NUMBER * 20, output("r"), " | ".join("-" * 20) + " => 1"), "decision.too_large"),
        (table("<relation/>" + NUMBER, output("r"), "- => 1"), "decision.element"),
        (table(NUMBER, output("r"), "- => 1").replace(b"<inputEntry>", b'<inputEntry expressionLanguage="feel">'),
         "decision.element"),
        (table(NUMBER, output("r"), "- => 1").replace(b"<input>", b'<input xmlns:c="urn:camunda" c:inputVariable="x">'),
         "decision.element"),
        (table(NUMBER, output("r"), "- => 1").replace(b"<decisionTable", b"<informationRequirement><requiredDecision/>"
         b"</informationRequirement><decisionTable"), "decision.element"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_trusted_is_refused(xml: bytes, code: str) -> None:
    with pytest.raises(OfficeError) as raised:
        dmn.read(xml)
    assert raised.value.code == code


def test_what_an_editor_draws_beside_the_table_is_welcome() -> None:
    xml = table(NUMBER, output("r"), "- => 1")
    xml = xml.replace(b"<definitions ", b'<definitions xmlns:biodi="http://bpmn.io/schema/dmn/biodi/2.0" '
                      b'xmlns:di="urn:di" exporter="x" ')  # fmt: skip
    xml = xml.replace(b"<input>", b'<input id="i" label="Amount" biodi:width="192">')
    xml = xml.replace(b"<decisionTable", b'<variable id="v" name="x" typeRef="number"/><informationRequirement>'
                      b'<requiredInput href="#in"/></informationRequirement><decisionTable')  # fmt: skip
    xml = xml.replace(b"</rule>", b"<annotationEntry><text>why</text></annotationEntry></rule>")
    xml = xml.replace(
        b"</definitions>", b'<inputData id="in" name="Amount"/><di:DMNDI><di:x/></di:DMNDI></definitions>'
    )
    assert dmn.read(xml).decide({}) == 1


@pytest.mark.parametrize(
    "given_", ["2026-9-01", "9/1/2026", "20260901", "2026-W36-2", "2026-02-30", "2026-09-01T08:00", 5]
)
def test_a_day_that_is_not_written_as_one_is_not_compared(given_: Any) -> None:
    made = dmn.read(table(column("d", "date"), output("r"), '< "2026-10-01" => 1\n- => 2', "FIRST"))
    assert [made.decide({"d": one}) for one in ("2026-09-01", "2026-10-01", None)] == [1, 2, 2]
    with pytest.raises(Invalid, match=r"decision\.type"):
        made.decide({"d": given_})
