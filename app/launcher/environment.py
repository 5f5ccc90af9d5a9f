"""The virtual environment: built from pinned, hashed requirements, and only when they changed."""

import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from app.launcher.terminal import Stopped, say

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ("requirements.txt",)
TESTS = ("requirements.txt", "requirements-test.txt")
MISSING_VENV = (
    "Thiếu gói tạo môi trường Python (venv). Trên Debian, Ubuntu hãy chạy:\n"
    "  sudo apt install python3-venv\n"
    "rồi thử lại. / The Python package `venv` is missing; install python3-venv and try again."
)
NOT_INSTALLED = (
    "Chưa cài được các thư viện cần thiết (xem dòng lỗi ở trên). Hãy kiểm tra kết nối mạng rồi chạy lại lệnh này.\n"
    "The libraries could not be installed (see above). Check the network and run the command again."
)


def folder() -> Path:
    """Where the environment lives."""
    return Path(os.environ.get("EOFFICE_VENV") or ROOT / ".venv").resolve()


def is_inside() -> bool:
    """Whether this process already runs in the environment."""
    return Path(sys.prefix).resolve() == folder()


def enter(requirements: Sequence[str], arguments: Sequence[str]) -> None:
    """Make sure the environment has these requirements, and go on inside it; returns only when already there."""
    _ensure(requirements)
    if not is_inside():
        python = str(_python())
        os.chdir(ROOT)
        os.execv(python, [python, "-m", "app", *arguments])  # noqa: S606 - our own interpreter


def is_ready(requirements: Sequence[str]) -> bool:
    """Whether exactly these requirements were installed with this Python."""
    marker = folder() / ".eoffice-installed"
    return marker.is_file() and _digest(requirements) in marker.read_text().split()


def _ensure(requirements: Sequence[str]) -> None:
    if is_ready(requirements):
        return
    folder().parent.mkdir(parents=True, exist_ok=True)
    with folder().with_suffix(".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # two commands started together take turns; the second finds it done
        if not is_ready(requirements):
            _build(requirements)


def _build(requirements: Sequence[str]) -> None:
    began = monotonic()
    say(f"Chuẩn bị môi trường ở {folder()} (lần đầu mất khoảng một phút)...")
    if not list(folder().glob("lib/python3*/site-packages/pip")):
        _create()
    install = [str(_python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    install += ["--only-binary", ":all:", "--require-hashes"]
    for name in requirements:
        install += ["-r", str(ROOT / name)]
    if subprocess.run(install, check=False, cwd=ROOT).returncode != 0:  # noqa: S603 - our own command
        raise Stopped(NOT_INSTALLED)
    marker = folder() / ".eoffice-installed"
    known = marker.read_text().split() if marker.is_file() else []
    written = marker.with_suffix(".new")
    written.write_text("\n".join([*known[-8:], _digest(requirements)]))
    written.replace(marker)
    say(f"Xong sau {monotonic() - began:.0f} giây.")


def _create() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        raise Stopped(MISSING_VENV)
    try:
        venv.EnvBuilder(with_pip=True, symlinks=True).create(folder())
    except (subprocess.CalledProcessError, OSError) as error:
        raise Stopped(MISSING_VENV) from error


def _python() -> Path:
    return folder() / "bin" / "python"


def _digest(requirements: Sequence[str]) -> str:
    told = hashlib.sha256(f"{sys.version_info[:2]} {sys.platform}".encode())
    for name in requirements:
        told.update((ROOT / name).read_bytes())
    return told.hexdigest()
