"""A whole deployment on a folder of its own: `up` as an operator starts it, on a free port."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[3]
STARTS_WITHIN = 120.0
STOPS_WITHIN = 30.0
INHERITED = ("EOFFICE_DATA", "EOFFICE_DATABASE_URL", "EOFFICE_REDIS_URL", "EOFFICE_PROFILE", "EOFFICE_EMPTY", "PORT")


class Deployment:
    """Started when entered, stopped when left; its log is `up.log` in the folder."""

    def __init__(self, folder: Path, world: str, *options: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.command = [sys.executable, "-m", "app", "up", "--data", str(folder), "--world", world]
        self.command += ["--port", str(self.port), *options]

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if name not in INHERITED}
        with (self.folder / "up.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                self.command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            self._wait()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _wait(self) -> None:
        until = monotonic() + STARTS_WITHIN
        while monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                with urlopen(f"{self.address}/health", timeout=5) as answer:  # noqa: S310 - our own address
                    if answer.status == 200:  # noqa: PLR2004
                        return
            except (URLError, OSError):
                sleep(0.2)
        raise RuntimeError(f"the deployment did not start; see {self.folder / 'up.log'}")

    def _stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
