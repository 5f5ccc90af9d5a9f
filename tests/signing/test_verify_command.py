"""`python3 -m app verify`: a verdict on anything, as JSON and in words, and never a traceback."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.cli import verify
from signing import detached
from signing.profiles import Profile
from tests.signing import forging
from tests.signing.conftest import PERSON_KEY, Issued


@pytest.fixture
def folder(tmp_path: Path, issued: Issued, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What people have lying about, and no installation anywhere near."""
    monkeypatch.setenv("EOFFICE_DATA", str(tmp_path / "nowhere"))
    data = issued.sealed.read_bytes()
    (tmp_path / "good.pdf").write_bytes(data)
    (tmp_path / "forged.pdf").write_bytes(forging.revised(data, forging.paint_over))
    shutil.copyfile(issued.source, tmp_path / "unsigned.pdf")
    (tmp_path / "empty.pdf").touch()
    (tmp_path / "text.pdf").write_text("khong phai PDF")
    (tmp_path / "folder.pdf").mkdir()
    os.mkfifo(tmp_path / "pipe.pdf")
    with (tmp_path / "huge.pdf").open("wb") as file:
        file.truncate(2**38)
    return tmp_path


def judged(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit status, and what was said of each file by its name."""
    status = verify.main([*map(str, arguments), "--json"])
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return status, {Path(one["file"]).stem: one for one in found}


def test_line_59_any_file_gets_a_verdict_with_its_reasons(
    folder: Path, pki: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["good", "forged", "unsigned", "empty", "text", "folder", "pipe", "huge", "missing"]

    status, found = judged(
        capsys, *(folder / f"{name}.pdf" for name in names), Path("/dev/zero"), "--anchors", pki / "trust"
    )

    assert status == 1
    assert {name: (one["verdict"], one["reasons"]) for name, one in found.items()} == {
        "good": ("valid", []),
        "forged": ("invalid", ["verification.changed_after"]),
        "unsigned": ("indeterminate", ["verification.no_signature"]),
        "empty": ("indeterminate", ["verification.file_empty"]),
        "text": ("indeterminate", ["verification.not_a_pdf"]),
        "folder": ("indeterminate", ["verification.not_a_file"]),
        "pipe": ("indeterminate", ["verification.not_a_file"]),
        "huge": ("indeterminate", ["verification.too_large"]),
        "missing": ("indeterminate", ["verification.file_missing"]),
        "zero": ("indeterminate", ["verification.not_a_file"]),
    }
    person, agency = found["good"]["signatures"]
    assert (person["kind"], agency["kind"]) == ("person", "organisation")
    assert agency["path"] == ["DEMO Issuing CA", "DEMO Root CA"]
    assert agency["revocation"]["source"] == "trust"
    assert agency["proven_at"] == agency["signed_at"]
    assert "digital_signature" in agency["key_usage"]


def test_a_valid_file_alone_is_a_success(folder: Path, pki: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = judged(capsys, folder / "good.pdf", "--anchors", pki / "trust")

    assert (status, found["good"]["verdict"]) == (0, "valid")


def test_a_signature_beside_a_file_counts(
    tmp_path: Path, pki: Path, profile: Profile, capsys: pytest.CaptureFixture[str]
) -> None:
    table, beside = tmp_path / "table.xlsx", tmp_path / "table.xlsx.p7s"
    table.write_bytes(b"so lieu")
    detached.sign_file(table, beside, profile.keystore.key(PERSON_KEY), profile)
    anchors = ("--anchors", str(pki / "trust"))

    assert judged(capsys, table, *anchors)[1]["table"]["verdict"] == "valid"
    assert judged(capsys, beside, *anchors)[0] == 0
    table.write_bytes(b"so lieu khac")
    assert judged(capsys, table, *anchors)[1]["table"]["reasons"] == ["verification.content_changed"]


def test_whoever_trusts_nobody_can_still_tell_a_forgery(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = judged(capsys, folder / "good.pdf", folder / "forged.pdf")

    assert found["forged"]["verdict"] == "invalid"
    assert found["good"]["verdict"] != "valid"


def test_a_folder_of_certificates_is_enough(folder: Path, pki: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = judged(capsys, folder / "good.pdf", "--anchors", pki / "trust/roots")

    assert (status, found["good"]["verdict"]) == (0, "valid")  # its own evidence proves the rest


def test_the_words_are_vietnamese_and_no_name_can_break_them(
    folder: Path, pki: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = folder / "x\x1b[31m\udcff.pdf"
    shutil.copyfile(folder / "forged.pdf", odd)

    status = verify.main([str(odd), "--anchors", str(pki / "trust")])

    said = capsys.readouterr().out
    assert status == 1
    assert "Văn bản bị sửa sau khi ký" in said
    assert "\x1b" not in said


def test_a_folder_without_certificates_is_an_error_in_words(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify.main([str(folder / "good.pdf"), "--anchors", str(tmp_path / "nothing")]) == 2
    assert capsys.readouterr().err.startswith("✗ ")
