"""Finding out that a port or a data folder is taken, before anything is started."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from app.launcher.terminal import Stopped

PATIENCE = 8.0
"""Seconds to wait for one that is stopping: what a killed supervisor leaves needs some to end."""


def check_port(host: str, port: int) -> None:
    """Errors: Stopped, with the reason in words."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        raise Stopped("host.unknown", host=host, why=error) from error
    family, kind, _, _, address = found[0]
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError as error:
            other = port + 1 if port < 65535 else 8000  # noqa: PLR2004 - the last port there is
            raise Stopped("port.taken", port=port, host=host, why=error.strerror, other=other) from error


def run_folder(data: Path) -> Path:
    """The data folder's place for what only lives while the product runs. Errors: Stopped."""
    run = data / "run"
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        run.mkdir(exist_ok=True, mode=0o700)
        run.chmod(0o700)
        (run / "up.lock").touch(mode=0o600)
    except OSError as error:
        raise Stopped("data.unwritable", folder=data, why=error.strerror) from error
    return run


@contextmanager
def held(run: Path, address: str) -> Iterator[None]:
    """One supervisor for each data folder; the lock file names it. Errors: Stopped."""
    with (run / "up.lock").open("r+") as lock:
        until = monotonic() + PATIENCE
        while not _locked(lock.fileno()):
            other = _holder(lock.read())
            if _is_alive(other.get("pid")) or monotonic() > until:
                who = f" (pid {other['pid']}, {other['address']})" if other else ""
                raise Stopped("data.busy", folder=run.parent, who=who)
            lock.seek(0)
            sleep(0.1)
        lock.seek(0)
        lock.truncate()
        json.dump({"pid": os.getpid(), "address": address}, lock)
        lock.flush()
        yield


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(written: str) -> dict[str, object]:
    try:
        found = json.loads(written)
    except ValueError:
        return {}
    return found if isinstance(found, dict) and {"pid", "address"} <= set(found) else {}


def _is_alive(pid: object) -> bool:
    if not isinstance(pid, int):
        return False
    try:
        state = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"
