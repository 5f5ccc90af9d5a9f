"""`python3 -m app bpmn`: what it prints and how it ends."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.cli import bpmn
from tests.engine.diagrams import document, ends, service, timer, user
from tests.launcher.small_house import ROOT, surroundings

PROCEDURE = ROOT / "processes/common/incoming_document/process.bpmn"


def _bpmn(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "app", "bpmn", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=surroundings(), capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done


def _told(done: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
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
    done = _bpmn("check", *(files / name for name in names), PROCEDURE, "--json")
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
        ("check", "--odd"),
    ],
)
def test_a_command_that_makes_no_sense_ends_with_two(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        bpmn.main(list(arguments))

    assert ended.value.code == 2


def test_a_case_is_played_to_its_end(files: Path) -> None:
    given = ("--answers", '{"a": {"ok": true}, "k": {"n": 1}}', "--data", '{"x": 1}', "--json")
    done = _bpmn("run", files / "runs.bpmn", *given)
    told = _told(done)

    assert (done.returncode, told["status"], told["data"]) == (0, "completed", {"x": 1, "ok": True})
    assert [one["element"] for one in told["trace"] if one["state"] == "completed"] == ["s", "a", "k", "e"]
    assert told["operations"][0]["result"] == {"n": 1}


def test_an_incident_has_a_sentence(files: Path) -> None:
    done = _bpmn("run", files / "draft.bpmn", "--json")
    told = _told(done)

    assert (done.returncode, told["status"], told["reason"]["reason"]) == (1, "incident", "diagram.operation")
    assert "tác vụ tự động" in told["reason"]["text"]
    assert _told(_bpmn("run", files / "missing.bpmn", "--json"))["reason"]["reason"] == "diagram.missing"
    assert "Không có tệp này." in _bpmn("run", files / "missing.bpmn").stdout


def test_a_foreign_diagram_is_written_as_one_of_ours(files: Path) -> None:
    target = files / "ours.bpmn"
    done = _bpmn("import", files / "quoted.bpmn", target)

    assert done.returncode == 0
    assert b">P3D<" in target.read_bytes()
    assert [one["verdict"] for one in _told(_bpmn("check", target, "--json"))["files"]] == ["runs"]
    assert _bpmn("import", files / "quoted.bpmn", target).returncode == 1, "nothing is overwritten"
    assert _bpmn("import", files / "hostile.bpmn", files / "other.bpmn").returncode == 1
    assert not (files / "other.bpmn").exists()
