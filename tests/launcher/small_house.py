"""A house of cardboard: the real launcher and Procfile over small programs that need nothing installed."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic, sleep

from app.launcher import environment, sessions

ROOT = environment.ROOT
PATIENCE = 20.0
PROGRAMS = {
    "db": """
        import os, sys
        from pathlib import Path
        def main(argv):
            if argv == ["sign-ins"]:
                print("vanthu.thu")
            elif os.environ.get("PREPARE") == "fails":
                print("the database is away")
                return 1
            else:
                Path(os.environ["EOFFICE_DATA"], "prepared").touch()
            return 0
    """,
    "web": """
        import os
        from http.server import BaseHTTPRequestHandler, HTTPServer
        class Page(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
            def log_message(self, *_):
                pass
        def main(argv):
            if os.environ.get("WEB") == "dies":
                return 3
            HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Page).serve_forever()
    """,
    "worker": """
        import os, signal, time
        from pathlib import Path
        def main(argv):
            print("văn thư", flush=True)
            if os.environ.get("WORKER") == "stubborn":
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
            pid = os.fork()
            if pid == 0:
                os.setsid() if os.environ.get("WORKER") == "fugitive" else os.setpgrp()
            else:
                Path(os.environ["EOFFICE_DATA"], "grandchild").write_text(str(pid))
            time.sleep(3600)
    """,
    "clock": """
        import time
        def main(argv):
            time.sleep(3600)
    """,
}


class SmallHouse:
    """One data folder and one port; `up` may be started on it as often as one likes."""

    def __init__(self, folder: Path) -> None:
        self.root, self.data, self.log = folder / "house", folder / "data", folder / "up.log"
        self.port = free_port()
        self.started: list[subprocess.Popen[bytes]] = []
        self._build()

    def _build(self) -> None:
        shutil.copytree(ROOT / "app" / "launcher", self.root / "app" / "launcher")
        for path in ("app/__main__.py", "app/__init__.py", "Procfile"):
            shutil.copy(ROOT / path, self.root / path)
        (self.root / "app" / "cli").mkdir()
        for name, text in PROGRAMS.items():
            lines = [line[8:] for line in text.splitlines()]
            (self.root / "app" / "cli" / f"{name}.py").write_text("\n".join(lines), "utf-8")

    def up(self, *options: str, **variables: str) -> subprocess.Popen[bytes]:
        """Start it, its output going to the log."""
        command = [sys.executable, "-m", "app", "up", "--port", str(self.port), "--data", str(self.data), *options]
        with self.log.open("ab") as log:
            process = subprocess.Popen(command, cwd=self.root, env=surroundings(**variables), stdout=log, stderr=log)
        self.started.append(process)
        return process

    def up_and_ready(self, *options: str, **variables: str) -> subprocess.Popen[bytes]:
        """Start it and wait until it says how to stop it."""
        before = self.told.count("Ctrl+C")
        process = self.up(*options, **variables)
        until(lambda: self.told.count("Ctrl+C") > before, "ready")
        return process

    @property
    def told(self) -> str:
        """What it printed so far."""
        return self.log.read_text("utf-8") if self.log.exists() else ""

    def pids(self) -> dict[str, int]:
        """Who runs, by its own account."""
        try:
            found: dict[str, int] = json.loads((self.data / "run" / "pids.json").read_text())
        except OSError:
            return {}
        return found

    def grandchild(self) -> int:
        """What the worker forked, in a process group of its own."""
        return int((self.data / "grandchild").read_text())

    def tear_down(self) -> None:
        """Whatever a failed test left running."""
        for process in self.started:
            if process.poll() is None:
                process.terminate()
                process.wait(PATIENCE)
        sessions.kill(set(self.pids().values()))


def surroundings(**variables: str) -> Mapping[str, str]:
    """An environment without the operator's settings; the libraries are those of this run."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("EOFFICE_", "PYTEST_"))}
    kept.pop("PORT", None)
    kept.pop("HOST", None)
    return {**kept, "EOFFICE_VENV": sys.prefix, "EOFFICE_SUPERVISED": "1", "PYTHONUTF8": "1", **variables}


def until(condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Wait for something that happens in another process."""
    end = monotonic() + patience
    while not condition():
        assert monotonic() < end, f"waited in vain: {what}"
        sleep(0.02)


def kill(pid: int) -> None:
    """Without warning."""
    os.kill(pid, signal.SIGKILL)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
