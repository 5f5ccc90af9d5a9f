"""The tour plays in both worlds, and other programs agree with what it claims."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.needs import needs

ROOT = Path(__file__).resolve().parents[2]


def _tour(folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "app", "tour", "--json", "--data", str(folder), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)
    assert done.stdout, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, found


BY_POPPLER = ["Signature is Valid.", "Signature is Valid.", "Signature has not yet been verified."]
"""A person's, an agency's, and the time stamp of the archive, which it does not know."""


def _signatures_by_poppler(file: str) -> list[str]:
    done = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=False)
    return [line.split(":", 1)[1].strip() for line in done.stdout.splitlines() if "Signature Validation" in line]


@needs("pdfsig")
@pytest.mark.slow
def test_the_tour_plays_in_both_worlds(tmp_path: Path) -> None:
    status, found = _tour(tmp_path)

    assert status == 0, found
    assert found["ok"]
    assert [world["world"] for world in found["worlds"]] == ["2017", "2025"]
    for world in found["worlds"]:
        assert world["document"]["number"] == "01/UBND-VX"
        assert [(one["kind"], one["verdict"]) for one in world["signatures"]] == [
            ("person", "valid"),
            ("organisation", "valid"),
        ]
        assert {one["status"] for one in world["recipients"]} == {"06"}
        assert all(one["arrival_number"] for one in world["recipients"])
        assert _signatures_by_poppler(world["document"]["file"]) == BY_POPPLER


@needs("soffice", "pdfsig")
@pytest.mark.slow
def test_a_pdf_of_another_program_goes_all_the_way(tmp_path: Path) -> None:
    source = tmp_path / "cong-van.txt"
    source.write_text("ỦY BAN NHÂN DÂN\n\nVề việc tăng cường phòng, chống dịch bệnh gia súc, gia cầm.\n" * 40, "utf-8")
    office = shutil.which("soffice") or "soffice"
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(source)]
    subprocess.run(command, capture_output=True, timeout=120, check=True)

    status, found = _tour(tmp_path / "data", "--world", "2025", "--pdf", str(tmp_path / "cong-van.pdf"))

    assert status == 0, found
    assert _signatures_by_poppler(found["worlds"][0]["document"]["file"]) == BY_POPPLER
