"""A PostgreSQL server for the length of a measurement, on a socket of its own in a folder that is thrown away."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OPTIONS = "-c listen_addresses='' -c max_connections=50 -c unix_socket_directories="


@contextmanager
def temporary() -> Iterator[str | None]:
    """The address of an empty database; None when the machine has no PostgreSQL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = str(found[-1]) if found else shutil.which("initdb")
    if initdb is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="eoffice-pg-", dir="/tmp"))  # a socket's path must be short
    control = str(Path(initdb).with_name("pg_ctl"))
    try:
        if os.getuid() == 0:  # the server refuses to run as root
            shutil.chown(folder, "postgres")
        _run(initdb, "-D", f"{folder}/data", "-U", "eoffice", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        _run(control, "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", f"{OPTIONS}{folder}", "start")
        try:
            yield f"postgresql+psycopg://eoffice@/postgres?host={folder}"
        finally:
            _run(control, "-D", f"{folder}/data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(*command: str) -> None:
    before = ("runuser", "-u", "postgres", "--") if os.getuid() == 0 else ()
    subprocess.run([*before, *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own command
