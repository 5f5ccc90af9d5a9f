"""The virtual environment: built from pinned, hashed requirements, and only when they changed.

Two commands that start together take turns; a build that was interrupted is thrown away and done again.
"""

import fcntl
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from app.launcher.terminal import Stopped, remark

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ("requirements.txt",)
TESTS = ("requirements.txt", "requirements-test.txt")
INSTALLED, BUILDING, LOCK = ".eoffice-installed", ".eoffice-building", ".eoffice-lock"


def folder() -> Path:
    """Where the environment lives."""
    return Path(os.environ.get("EOFFICE_VENV") or ROOT / ".venv").absolute()


def python() -> Path:
    """The interpreter of the environment, whether it exists or not."""
    return folder() / "bin" / "python"


def is_inside() -> bool:
    """Whether this process already runs in the environment."""
    return Path(sys.prefix).resolve() == folder().resolve()


def is_ready(requirements: Sequence[str]) -> bool:
    """Whether these very requirements are installed, for this kind of Python, and nothing was interrupted."""
    installed = _installed()
    return not (folder() / BUILDING).exists() and all(
        installed.get(name) == digest for name, digest in _wanted(requirements).items()
    )


def has_venv() -> bool:
    """Whether this Python can make environments; Debian ships it without."""
    return all(importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip"))


def venv_package() -> str:
    """The Debian package that is missing then: the plain one unless this Python is not the system's own."""
    exact = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    own = Path("/usr/bin/python3").resolve().name
    return "python3-venv" if exact == f"{own}-venv" else exact


def enter(requirements: Sequence[str], arguments: Sequence[str]) -> None:
    """Make sure of the environment and go on inside it; returns only when already there. Errors: Stopped.

    A process under our own supervisor trusts it: an update of the requirements while the product runs
    must not change the libraries under its feet.
    """
    inside = is_inside()
    if inside and os.environ.get("EOFFICE_SUPERVISED") == "1":
        return
    if not is_ready(requirements):
        _ensure(requirements)
    if not inside:
        os.chdir(ROOT)
        os.execv(python(), [str(python()), "-m", "app", *arguments])  # noqa: S606 - our own interpreter


def _ensure(requirements: Sequence[str]) -> None:
    try:
        with _turn():
            if not is_ready(requirements):  # whoever was first may have done it
                _build(requirements)
    except OSError as error:
        raise Stopped("environment.no_room", folder=folder(), why=error.strerror) from error


@contextmanager
def _turn() -> Iterator[None]:
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(requirements: Sequence[str]) -> None:
    began = monotonic()
    if not has_venv():
        raise Stopped("environment.no_venv", package=venv_package())
    remark("environment.building", folder=folder())
    if not _is_usable():
        _create()
    (folder() / BUILDING).touch()
    _install(requirements)
    new = folder() / f"{INSTALLED}.new"
    state = {**_installed(), **_wanted(requirements)}
    new.write_text("".join(f"{name} {digest}\n" for name, digest in state.items()))
    new.replace(folder() / INSTALLED)
    (folder() / BUILDING).unlink()
    remark("environment.built", seconds=round(monotonic() - began))


def _is_usable() -> bool:
    """Whether what is there may be brought up to date, rather than made anew."""
    if (folder() / BUILDING).exists() or not python().exists():
        return False
    ask = "import sys, pip; print(sys.implementation.cache_tag)"
    told = subprocess.run([python(), "-I", "-c", ask], capture_output=True, text=True, check=False)  # noqa: S603
    return told.stdout.strip() == sys.implementation.cache_tag


def _create() -> None:
    for path in folder().iterdir():
        if path.name == LOCK:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    # From inside an environment, its base makes the new one: what runs now is being replaced.
    base = Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")
    maker = str(base) if is_inside() and base.exists() else sys.executable
    made = subprocess.run([maker, "-m", "venv", str(folder())], check=False)  # noqa: S603 - this Python
    if made.returncode != 0:
        raise Stopped("environment.not_created", folder=folder())


def _install(requirements: Sequence[str]) -> None:
    command = [str(python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--only-binary", ":all:", "--require-hashes"]
    for name in requirements:
        command += ["-r", str(ROOT / name)]
    if subprocess.run(command, check=False, cwd=ROOT).returncode != 0:  # noqa: S603 - our own command
        raise Stopped("environment.not_installed")


def _wanted(requirements: Sequence[str]) -> dict[str, str]:
    kind = f"{sys.implementation.cache_tag} {platform.machine()}".encode()
    return {name: hashlib.sha256(kind + (ROOT / name).read_bytes()).hexdigest() for name in requirements}


def _installed() -> dict[str, str]:
    try:
        lines = (folder() / INSTALLED).read_text().splitlines()
    except OSError:
        return {}
    return dict(line.split(" ", 1) for line in lines if " " in line)
