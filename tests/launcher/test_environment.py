"""The environment is built when it must be, once, and whole."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.launcher import environment
from tests.launcher.small_house import ROOT, SmallHouse, surroundings

OLD = "import sys; sys.version_info = (3, 9, 2, 'final', 0); import runpy; runpy.run_module('app', run_name='__main__')"


def _fresh(house: SmallHouse, **variables: str) -> dict[str, str]:
    (house.root / "requirements.txt").write_text("# nothing\n")
    kept = {name: value for name, value in surroundings().items() if name != "EOFFICE_SUPERVISED"}
    return {**kept, "EOFFICE_VENV": str(house.root / ".venv"), "EOFFICE_DATA": str(house.data), **variables}


def _prepare(house: SmallHouse, **variables: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "app", "db", "sign-ins"]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=house.root, env=_fresh(house, **variables), stdout=pipe, stderr=pipe, text=True
    )


def test_two_commands_that_start_together_build_it_once_and_both_go_on(house: SmallHouse) -> None:
    together = [_prepare(house), _prepare(house)]
    told = [process.communicate(timeout=60) for process in together]

    assert [process.returncode for process in together] == [0, 0], told
    assert [out.splitlines()[-1] for out, _ in told] == ["vanthu.thu"] * 2
    assert sum("Setting up" in err for _, err in told) == 1

    out, _ = _prepare(house).communicate(timeout=20)
    assert out == "vanthu.thu\n"


def test_without_the_venv_package_it_says_which_one_to_install(house: SmallHouse, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")

    process = _prepare(house, PYTHONPATH=str(tmp_path))
    _, told = process.communicate(timeout=20)

    assert process.returncode == 1
    assert "sudo apt install python3" in told
    assert "venv" in told
    assert "Traceback" not in told


def test_an_old_python_is_told_so_in_words() -> None:
    done = subprocess.run([sys.executable, "-c", OLD, "up"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.startswith("Cần Python 3.11 trở lên; máy này đang dùng Python 3.9")
    assert "Traceback" not in done.stderr


def test_an_old_python_can_read_that_message() -> None:
    ast.parse((ROOT / "app" / "__main__.py").read_text("utf-8"), feature_version=(3, 5))


def _mark(folder: Path, *names: str) -> None:
    lines = [f"{name} {digest}\n" for name, digest in environment._wanted(names).items()]
    (folder / environment.INSTALLED).write_text("".join(lines))


def test_what_is_installed_is_known_by_the_content_of_the_requirements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EOFFICE_VENV", str(tmp_path))
    assert not environment.is_ready(environment.RUNTIME)

    _mark(tmp_path, *environment.RUNTIME)
    assert environment.is_ready(environment.RUNTIME)
    assert not environment.is_ready(environment.TESTS)

    marker = tmp_path / environment.INSTALLED
    marker.write_text(marker.read_text()[:-4] + "000\n")
    assert not environment.is_ready(environment.RUNTIME)


def test_an_interrupted_build_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EOFFICE_VENV", str(tmp_path))
    _mark(tmp_path, *environment.RUNTIME)

    (tmp_path / environment.BUILDING).touch()

    assert not environment.is_ready(environment.RUNTIME)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_and_hashed_and_names_no_index(name: str) -> None:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    pins = [line for line in lines if line and line[0] not in "# "]

    assert pins
    assert all("==" in line and line.endswith("\\") for line in pins)
    assert not any(line.startswith(("-", "--")) or "://" in line for line in lines)


def test_a_read_only_place_is_said_in_words(house: SmallHouse) -> None:
    (house.root / "file").touch()
    process = _prepare(house, EOFFICE_VENV=str(house.root / "file" / "venv"))
    _, told = process.communicate(timeout=20)

    assert process.returncode == 1
    assert "Hãy đặt EOFFICE_VENV là một thư mục ghi được." in told


def test_the_launcher_imports_nothing_but_the_standard_library(house: SmallHouse) -> None:
    shutil.rmtree(house.root / "app" / "cli")
    command = [sys.executable, "-S", "-I", "-c", "import sys; sys.path.insert(0, '.'); import app.launcher.main"]

    subprocess.run(command, cwd=house.root, env=dict(os.environ), check=True)
