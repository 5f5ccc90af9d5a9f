"""`python3 -m app bpmn`: what it prints and how it ends."""

import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from app.cli import bpmn
from app.domain.procedures import scenarios
from tests.engine import tables
from tests.engine.diagrams import document, ends, node, service, timer, user
from tests.launcher.small_house import ROOT, surroundings

PROCEDURE = ROOT / "processes/common/incoming_document/process.bpmn"


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def _process(*arguments: str | Path) -> Done:
    """The command as people give it; `_bpmn` is what it comes to, without the second that a process takes to begin."""
    command = [sys.executable, "-m", "app", "bpmn", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=surroundings(), capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


def _bpmn(*arguments: str | Path) -> Done:
    said, complained = (TextIOWrapper(BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with redirect_stdout(said), redirect_stderr(complained):
        code = bpmn.main([str(one) for one in arguments])
    return Done(code, *(one.buffer.getvalue().decode() for one in (said, complained)))


def _told(done: Done) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "quoted.bpmn").write_bytes(
        document(
            ends()
            + user("a")
            + user("b")
            + f'<bpmn:boundaryEvent id="t" attachedToRef="a">{timer("&quot;P3D&quot;")}</bpmn:boundaryEvent>',
            "s > a; a > b; t > b; b > e",
        )
    )
    (tmp_path / "draft.bpmn").write_bytes(document(ends() + '<bpmn:serviceTask id="a" name="Gửi"/>', "s > a; a > e"))
    (tmp_path / "hostile.bpmn").write_bytes(b"<!DOCTYPE d>" + document(ends(), "s > e"))
    (tmp_path / "runs.bpmn").write_bytes(document(ends() + user("a") + service("k"), "s > a; a > k; k > e"))
    return tmp_path


def test_every_file_gets_its_verdict_and_its_list(files: Path) -> None:
    names = ("quoted.bpmn", "draft.bpmn", "hostile.bpmn", "missing.bpmn", ".")
    done = _process("check", *(files / name for name in names), PROCEDURE, "--json")
    told = _told(done)["files"]

    assert done.returncode == 1
    assert [one["verdict"] for one in told] == ["rewritten", "draft", "refused", "refused", "refused", "runs"]
    assert [one["id"] for one in told[0]["rewrites"]] == ["t"]
    (todo,) = told[1]["todo"]
    assert (todo["id"], todo["reason"]) == ("a", "diagram.operation")
    assert "tác vụ tự động" in todo["text"]
    element = next(one for one in told[1]["elements"] if one["id"] == "a")
    assert (element["name"], element["type"], element["verdict"]) == ("Gửi", "serviceTask", "todo")
    assert [one["reasons"][0]["reason"] for one in told[2:5]] == [
        "diagram.doctype",
        "diagram.missing",
        "diagram.unreadable",
    ]
    assert {one["verdict"] for one in told[5]["elements"]} == {"runs"}


def test_what_runs_is_no_failure(files: Path) -> None:
    done = _bpmn("check", files / "quoted.bpmn", PROCEDURE, "--lang", "en")

    assert done.returncode == 0
    assert "runs after rewriting" in done.stdout
    assert "✓ userTask register “Tiếp nhận, đăng ký văn bản đến”" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("check",),
        ("sing",),
        ("run",),
        ("run", "x", "--data", "{"),
        ("run", "x", "--data", "[]"),
        ("run", "x", "--data", '{"a": NaN}'),
        ("run", "x", "--answers", '{"a": {"b": 1e999}}'),
        ("check", "--odd"),
    ],
)
def test_a_command_that_makes_no_sense_ends_with_two(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        bpmn.main(list(arguments))

    assert ended.value.code == 2


def test_a_case_is_played_to_its_end(files: Path) -> None:
    given = ("--answers", '{"a": {"ok": true}, "k": {"n": 1}}', "--data", '{"x": 1}', "--json")
    done = _process("run", files / "runs.bpmn", *given)
    told = _told(done)

    assert (done.returncode, told["status"], told["data"]) == (0, "completed", {"x": 1, "ok": True})
    assert [one["element"] for one in told["trace"] if one["state"] == "completed"] == ["s", "a", "k", "e"]
    assert told["operations"][0]["result"] == {"n": 1}


RULE = '<bpmn:extensionElements><eo:decision key="who" result="desk"/></bpmn:extensionElements>'
TABLE = tables.table(
    tables.column("amount", "number"), tables.output("desk", "string"), "< 10 => 'one'\n>= 10 => 'two'"
)


@pytest.mark.parametrize("value", ['"\\ud800"', "9" * 25, "[" * 300 + "]" * 300])
def test_a_value_that_cannot_be_told_is_an_incident(files: Path, value: str) -> None:
    for option in ("--data", "--answers"):
        done = _bpmn("run", files / "runs.bpmn", "--json", option, f'{{"a": {{"x": {value}}}}}')
        assert (done.returncode, _told(done)["reason"]["reason"]) == (1, "rehearsal.value")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A process that calls another, which decides by a table."""
    call = node("callActivity", "c", calledElement="inner")
    (tmp_path / "outer.bpmn").write_bytes(document(ends() + call, "s > c; c > e"))
    decides = ends() + node("businessRuleTask", "d", RULE, name="Chọn nơi xử lý")
    (tmp_path / "inner.bpmn").write_bytes(document(decides, "s > d; d > e", name="inner"))
    (tmp_path / "who.dmn").write_bytes(TABLE)
    return tmp_path


def _decided(done: Done) -> tuple[int, Any, list[str]]:
    told = _told(done)
    return done.returncode, told["data"].get("desk"), [one["element"] for one in told["trace"] if one["name"]]


@pytest.mark.parametrize("start", ["outer", "inner"])
def test_tables_and_called_processes_are_found_beside_the_diagram(folder: Path, start: str) -> None:
    diagram = folder / f"{start}.bpmn"
    assert _bpmn("check", diagram).returncode == 0
    for amount, desk in ((3, "one"), (30, "two")):
        done = _bpmn("run", diagram, "--data", json.dumps({"amount": amount}), "--json")
        assert _decided(done) == (0, desk, ["d", "d"])


def test_they_are_found_elsewhere_by_the_names_they_give_themselves(folder: Path) -> None:
    there = folder / "there"
    there.mkdir()
    (there / "any.dmn").write_bytes(TABLE.replace(b'decision id="x"', b'decision id="who"'))
    (folder / "who.dmn").unlink()
    (folder / "inner.bpmn").rename(there / "sub.bpmn")
    given = ("--decisions", there, "--called", there / "sub.bpmn")
    assert _bpmn("check", folder / "outer.bpmn", *given).returncode == 0
    assert _decided(_bpmn("run", folder / "outer.bpmn", *given, "--data", '{"amount": 3}', "--json"))[:2] == (0, "one")

    told = _told(_bpmn("run", folder / "outer.bpmn", "--json"))
    assert (told["status"], told["reason"]["reason"]) == ("incident", "diagram.call")
    assert _bpmn("check", folder / "outer.bpmn").returncode == 1


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (b"<!DOCTYPE d [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>" + TABLE, "diagram.doctype"),
        (b"<a>" * 100_000, "diagram.not_xml"),
        (bytes(range(256)), "diagram.not_xml"),
        (TABLE.replace(b"&lt; 10", b"__import__('os').system('id')"), "decision.cell"),
        (b"", "diagram.not_xml"),
    ],
)
def test_a_hostile_table_is_refused_with_its_reason(folder: Path, table: bytes, reason: str) -> None:
    (folder / "who.dmn").write_bytes(table)
    (todo,) = _told(_bpmn("check", folder / "inner.bpmn", "--json"))["files"][0]["todo"]
    assert todo["reason"] == reason
    told = _told(_bpmn("run", folder / "outer.bpmn", "--data", '{"amount": 3}', "--json"))
    assert told["reason"]["reason"] == reason


def test_hostile_files_that_nobody_asks_for_do_not_matter(folder: Path) -> None:
    (folder / "bomb.bpmn").write_bytes(b"<!DOCTYPE d [<!ENTITY a 'b'>]><d>&a;</d>")
    (folder / "deep.dmn").write_bytes(b"<a>" * 100_000)
    (folder / "pipe.dmn").symlink_to("/dev/zero")
    (folder / "gone.bpmn").symlink_to(folder / "nowhere")
    assert _bpmn("run", folder / "outer.bpmn", "--data", '{"amount": 3}').returncode == 0


def test_processes_that_call_each_other_for_ever_are_refused(folder: Path) -> None:
    again = node("callActivity", "c", calledElement="p")
    (folder / "inner.bpmn").write_bytes(document(ends() + again, "s > c; c > e", name="inner"))
    assert _told(_bpmn("run", folder / "outer.bpmn", "--json"))["reason"]["reason"] == "diagram.call"
    assert _bpmn("check", folder / "outer.bpmn").returncode == 1


@pytest.mark.parametrize("option", [("--decisions", "nowhere"), ("--called", "nowhere.bpmn"), ("--called", ".")])
def test_what_the_command_names_must_be_there(folder: Path, option: tuple[str, str]) -> None:
    for act in ("check", "run"):
        done = _bpmn(act, folder / "outer.bpmn", *option)
        assert (done.returncode, done.stderr) == (1, "")


def test_an_incident_has_a_sentence(files: Path) -> None:
    done = _bpmn("run", files / "draft.bpmn", "--json")
    told = _told(done)

    assert (done.returncode, told["status"], told["reason"]["reason"]) == (1, "incident", "diagram.operation")
    assert "tác vụ tự động" in told["reason"]["text"]
    assert _told(_bpmn("run", files / "missing.bpmn", "--json"))["reason"]["reason"] == "diagram.missing"
    assert "Không có tệp này." in _bpmn("run", files / "missing.bpmn").stdout


def test_a_foreign_diagram_is_written_as_one_of_ours(files: Path) -> None:
    target = files / "ours.bpmn"
    done = _process("import", files / "quoted.bpmn", target)

    assert done.returncode == 0
    assert b">P3D<" in target.read_bytes()
    assert [one["verdict"] for one in _told(_bpmn("check", target, "--json"))["files"]] == ["runs"]
    assert _bpmn("import", files / "quoted.bpmn", target).returncode == 1, "nothing is overwritten"
    assert _bpmn("import", files / "hostile.bpmn", files / "other.bpmn").returncode == 1
    assert not (files / "other.bpmn").exists()


def test_the_library_is_tried_at_every_level_and_nothing_is_left_out() -> None:
    done = _process("test", "--full-coverage", "--json")
    told = _told(done)["trials"]

    assert done.returncode == 0, done.stdout
    assert {"province", "district", "commune", "ward", "special_zone"} <= {
        one for each in told for one in each["levels"]
    }
    assert {(one["passed"], one["coverage"]["percent"]) for one in told} == {(True, 100.0)}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A procedure of somebody's own, in a folder beside the library."""
    (tmp_path / "process.bpmn").write_bytes(
        document(ends() + user("a", 'role="clerk"') + service("k"), "s > a; a > k; k > e")
    )
    (tmp_path / "manifest.toml").write_text('starts_with = "person"\n[forms]\na = "take_up"\n', "utf-8")
    return tmp_path


def _scenarios(own: Path, *steps: str, expect: str = "{ended: true}") -> Path:
    text = f"scenarios:\n  - name: Thử\n    steps: [{', '.join(steps)}]\n    expect: {expect}\n"
    (own / "scenarios.yaml").write_text(text, "utf-8")
    scenarios._read_file.cache_clear()  # a process reads them once
    return own


def test_a_procedure_outside_the_library_is_tried_where_it_stands(own: Path) -> None:
    done = _bpmn("test", _scenarios(own, "{complete: a, as: clerk}"), "--full-coverage", "--lang", "en")

    assert done.returncode == 0
    assert "100% of the elements passed" in done.stdout


def test_what_does_not_hold_and_what_was_never_passed_is_said(own: Path) -> None:
    wrong = _bpmn("test", _scenarios(own, "{complete: a, as: head}"))
    short = _scenarios(own, expect="{waits_at: [a]}")

    assert wrong.returncode == 1
    assert "✗ Thử" in wrong.stdout
    assert "Bước “a” chờ clerk, không phải head." in wrong.stdout
    assert (_bpmn("test", short).returncode, _bpmn("test", short, "--full-coverage").returncode) == (0, 1)
    assert "chưa kịch bản nào đi qua k" in _bpmn("test", short).stdout


def test_a_file_that_is_no_scenario_says_where(own: Path) -> None:
    (own / "scenarios.yaml").write_text("scenarios:\n  - name: yes\n", "utf-8")
    done = _bpmn("test", own)

    assert done.returncode == 1
    assert "Dòng 2: giá trị có thể hiểu nhiều cách" in done.stdout
    assert _bpmn("test", own / "nowhere").returncode == 1
