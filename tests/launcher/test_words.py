"""What the launcher reads and says."""

import string
import subprocess
import sys
from pathlib import Path

import pytest

from app.launcher import procfile, programs
from app.launcher.messages import TEXTS, text
from app.launcher.terminal import Stopped
from tests.launcher.small_house import ROOT, SmallHouse, surroundings


def test_a_procfile_names_its_processes_in_order() -> None:
    assert procfile.read("# comment\n\nredis: python3 -m app redis\nweb:  python3 -m app web --x\n") == {
        "redis": "python3 -m app redis",
        "web": "python3 -m app web --x",
    }


def test_a_line_that_is_none_is_pointed_at() -> None:
    with pytest.raises(Stopped, match="dòng 2: không hiểu “web python3”"):
        procfile.read("redis: x\nweb python3\n")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("serve --port $PORT 'a b'", ["serve", "--port", "8000", "a b"]),
        ("serve ${PORT} $UNKNOWN", ["serve", "8000", "$UNKNOWN"]),
        ("serve | tee log", ["/bin/sh", "-c", "serve | tee log"]),
        ("A=1 serve", ["/bin/sh", "-c", "A=1 serve"]),
    ],
)
def test_a_command_goes_through_a_shell_only_when_it_needs_one(command: str, expected: list[str]) -> None:
    assert procfile.words(command, {"PORT": "8000"}) == expected


@pytest.mark.parametrize("key", TEXTS)
def test_every_message_says_the_same_in_both_languages(key: str) -> None:
    names = [{part[1] for part in string.Formatter().parse(one) if part[1]} for one in TEXTS[key]]

    assert names[1] <= names[0]
    assert all(line.isascii() or key == "command.unknown" or "…" in line for line in TEXTS[key][1:])
    assert text(key, **dict.fromkeys(names[0], 1.0))


def test_every_program_that_tests_may_need_has_a_package() -> None:
    assert programs.how_to_install(["pdfsig", "qpdf", "pdftotext"]) == "sudo apt install poppler-utils qpdf"


@pytest.mark.parametrize(("language", "verdict"), [("vi", "Máy này chạy được eOffice."), ("en", "can run eOffice.")])
def test_the_doctor_speaks_both_languages(
    language: str, verdict: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = tmp_path_factory.mktemp("data")
    command = [sys.executable, "-m", "app", "doctor", "--lang", language]
    variables = surroundings(EOFFICE_DATA=str(data))
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    assert verdict in done.stdout


def test_the_doctor_says_what_is_required_and_missing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    command = [sys.executable, "-m", "app", "doctor"]
    variables = surroundings(EOFFICE_DATA=str(tmp_path / "file" / "data"))
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert f"✗ Không ghi được vào {tmp_path}" in done.stdout


def test_an_unknown_command_is_answered_with_those_there_are() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "sing"], cwd=ROOT, env=surroundings(), capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "sing" in done.stderr
    assert "python3 -m app doctor" in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EOFFICE_PROFILE", "Production"),
        ("EOFFICE_SECURE_COOKIES", "yes"),
        ("EOFFICE_TRUSTED_PROXIES", "one"),
        ("EOFFICE_UPLOAD_LIMIT", "50MB"),
    ],
)
@pytest.mark.parametrize("program", ["up", "web"])
def test_a_setting_that_is_not_understood_is_said_in_words(
    house: SmallHouse, program: str, name: str, value: str
) -> None:
    command = [sys.executable, "-m", "app", program]
    variables = surroundings(EOFFICE_DATA=str(house.data), WEB="dies", **{name: value})
    done = subprocess.run(
        command, cwd=house.root, env=variables, capture_output=True, text=True, timeout=20, check=False
    )

    assert done.returncode == 1
    assert f"{name} là “{value}”" in done.stderr
    assert f"{name} takes only" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_doctor_of_a_production_speaks_of_https_and_proxies(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "app", "doctor", "--lang", "en"]
    variables = surroundings(EOFFICE_DATA=str(tmp_path), EOFFICE_PROFILE="production")
    told = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False).stdout
    open_told = subprocess.run(
        command, cwd=ROOT, env={**variables, "EOFFICE_SECURE_COOKIES": "0"}, capture_output=True, text=True, check=False
    ).stdout

    assert "✓ Cookies travel over HTTPS only" in told
    assert "· EOFFICE_TRUSTED_PROXIES=0: behind a proxy, say how many" in told
    assert "· EOFFICE_SECURE_COOKIES=0" in open_told


def test_the_doctor_points_at_a_setting_that_is_not_understood(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "app", "doctor", "--lang", "en"]
    variables = surroundings(EOFFICE_DATA=str(tmp_path), EOFFICE_PROFILE="Production")
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "✗ Not started: EOFFICE_PROFILE takes only demo, production" in done.stdout


def test_what_a_program_writes_is_for_its_user_alone(house: SmallHouse) -> None:
    (house.root / "app" / "cli" / "web.py").write_text(
        "import os\ndef main(argv):\n    print(oct(os.umask(0)))\n    return 0\n"
    )
    command = [sys.executable, "-m", "app", "web"]
    done = subprocess.run(command, cwd=house.root, env=surroundings(), capture_output=True, text=True, check=False)

    assert done.stdout == "0o77\n"
