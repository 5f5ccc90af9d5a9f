"""`python3 -m app edxml`: what it prints and how it ends, whatever it is given; and the child that reads for it."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.cli import edxml as command
from app.gateways import edxml
from interchange.edxml import plain
from interchange.edxml.message import Business, Message
from interchange.errors import ExchangeRefused
from tests.exchange.edxml.letters import PDF, letter, status, text, zipped
from tests.launcher.small_house import ROOT, surroundings


def _process(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    told = [sys.executable, "-m", "app", "edxml", *map(str, arguments)]
    return subprocess.run(told, cwd=ROOT, env=surroundings(), capture_output=True, text=True, check=False)


def _edxml(*arguments: str | Path) -> int:
    return command.main([str(one) for one in arguments])


def test_each_file_is_told_on_a_line_and_refused_ones_with_a_reason(tmp_path: Path) -> None:
    recall = replace(letter(tmp_path / "files"), business=Business("recall", "Sai thể thức"))
    (tmp_path / "recall.edxml").write_text(text(recall))
    (tmp_path / "status.edxml").write_text(text(status("06")))
    (tmp_path / "dtd.edxml").write_text("<!DOCTYPE edXML>" + text(status()))
    (tmp_path / "date.edxml").write_text(text(status()).replace(">2025/08/06<", ">hôm qua<"))
    os.mkfifo(tmp_path / "pipe")
    names = ("recall.edxml", "status.edxml", "dtd.edxml", "date.edxml", "pipe", "nowhere")
    done = _process("read", *(tmp_path / name for name in names), "--json")
    told = [json.loads(line) for line in done.stdout.splitlines()]

    assert (done.returncode, done.stderr) == (1, "")
    assert [one["file"] for one in told] == [str(tmp_path / name) for name in names]
    assert [one.get("error") for one in told] == [
        None, None, "edxml.dtd", "edxml.date", "edxml.file_unreadable", "edxml.file_missing",
    ]  # fmt: skip
    assert "PromulgationDate" in told[3]["sentence"]
    document, said = told[:2]
    assert (document["kind"], document["business_type"], document["status"]) == ("document", "recall", None)
    assert (document["from"]["code"], document["to"][0]["code"]) == ("000.00.00.H48", "H48.12.34")
    assert (document["number"], document["notation"], document["issued_on"]) == ("12", "UBND-VX", "2025-08-06")
    (one,) = document["attachments"]
    assert (one["name"], one["real_type"], one["size"]) == ("Công văn 12.pdf", "application/pdf", len(PDF))
    assert one["sha256"] == recall.attachments[0].sha256
    assert "path" not in one
    assert (said["kind"], said["status"], said["business_type"]) == ("status", "06", None)


def test_people_are_told_in_sentences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "letter.edxml").write_text(text(letter(tmp_path / "files")).replace("Bussiness>", "Business>"))
    (tmp_path / "status.edxml").write_text(text(status("06")).replace("Đã vào", "Đã\u202evào"))
    assert _edxml("read", tmp_path / "letter.edxml", tmp_path / "status.edxml") == 0
    said = capsys.readouterr().out
    assert "12/UBND-VX ngày 2025-08-06, từ 000.00.00.H48 đến H48.12.34" in said
    assert "! Thẻ Bussiness viết khác quy chuẩn." in said
    assert "06 Hoàn thành" in said
    assert "\u202e" not in said
    assert _edxml("read", tmp_path / "nowhere", "--lang", "en") == 2
    assert "There is no such file." in capsys.readouterr().out
    assert _edxml("read", tmp_path / "letter.edxml", "--attachments", tmp_path / "letter.edxml") == 2


def test_what_was_read_can_be_written_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    meant = letter(tmp_path / "files", ("a.pdf", PDF), ("b.zip", zipped(("x.txt", b"x"), ("y.txt", b"y"))))
    (tmp_path / "first.edxml").write_text(text(meant))
    assert _edxml("read", tmp_path / "first.edxml", "--json", "--attachments", tmp_path / "kept") == 0
    (tmp_path / "message.json").write_text(capsys.readouterr().out)
    assert _edxml("write", tmp_path / "message.json") == 0
    assert (tmp_path / "message.edxml").read_bytes() == (tmp_path / "first.edxml").read_bytes()


def test_a_message_is_written_from_little_and_refused_when_it_lacks_something(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.pdf").write_bytes(PDF)
    little: dict[str, Any] = {
        "from": {"code": "000.00.00.H48", "name": "UBND tỉnh"},
        "to": [{"code": "H48.12", "name": "UBND xã"}],
        "document_id": "1", "number": "12", "notation": "UBND-VX", "issued_on": "2025-08-06", "subject": "V/v",
        "document_type": {"name": "Công văn"}, "signer": {"name": "A"}, "attachments": [{"path": "a.pdf"}],
    }  # fmt: skip
    source, target = tmp_path / "m.json", tmp_path / "out.edxml"
    source.write_text(json.dumps(little))
    assert _edxml("write", source, "-o", target) == 0
    found = edxml.read(target, tmp_path)
    assert isinstance(found, Message)
    assert (found.attachments[0].name, found.attachments[0].size) == ("a.pdf", len(PDF))

    for wrong, what in (
        (json.dumps({**little, "subject": ""}), "subject"),
        (json.dumps({**little, "sphere": 5}), "sphere"),
        (json.dumps({**little, "colour": "red"}), "colour"),
        (json.dumps({**little, "attachments": [{"path": "none.pdf"}]}), "none.pdf"),
        ("[" * 100_000, "JSON"),
        ("[]", "message"),
    ):
        source.write_text(wrong)
        assert _edxml("write", source, "-o", tmp_path / "none.edxml") == 1
        assert what in capsys.readouterr().err
    assert _edxml("write", tmp_path / "nowhere.json") == 2
    assert not (tmp_path / "none.edxml").exists()
    assert not list(tmp_path.glob(".*"))


def test_the_child_gives_what_the_reader_gives_and_ends_where_its_limits_are(tmp_path: Path) -> None:
    meant = letter(tmp_path / "files", ("a.pdf", PDF * 5))
    (tmp_path / "a.edxml").write_text(text(meant))
    (tmp_path / "inbox").mkdir()
    found = edxml.read(tmp_path / "a.edxml", tmp_path / "inbox")
    assert isinstance(found, Message)
    assert replace(found, attachments=()) == replace(meant, attachments=())
    assert found.attachments[0].path == tmp_path / "inbox" / meant.attachments[0].sha256
    assert plain.as_json(found)["attachments"][0]["declared_type"] == "application/zip"

    (tmp_path / "other").mkdir()
    with pytest.raises(ExchangeRefused) as refused:
        edxml.read(tmp_path / "a.edxml", tmp_path / "other", largest=1000)
    assert refused.value.code == "edxml.too_large"
    assert not list((tmp_path / "other").iterdir())
