"""`python3 -m app up`: the whole product on one machine."""

import http.client
import os
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping
from pathlib import Path

from app.launcher import configuration, embedded_redis, occupancy, procfile
from app.launcher.child import Child
from app.launcher.environment import ROOT
from app.launcher.supervisor import FOUNDATION, Supervisor
from app.launcher.terminal import Stopped, say, tell

STARTS_WITHIN, REDIS_WITHIN = 90.0, 30.0
HOPELESS = 5
"""Deaths of the web process in a row, before it was ever healthy."""
LAST_PORT = 65535
OK = 200


def main(arguments: list[str]) -> int:
    """Set up, start, watch, and stop when asked; 1 when it could not start."""
    if sys.platform != "linux":
        raise Stopped("linux.only")
    options = _options(arguments)
    environment = surroundings(options)
    configuration.check(environment)
    run = occupancy.run_folder(Path(environment["EOFFICE_DATA"]))
    with occupancy.held(run, _address(options)):
        occupancy.check_port(options.host, options.port)
        with Supervisor(run) as supervisor:
            _serve(supervisor, environment, options)
            tell("up.stopping")
        embedded_redis.forget(Path(environment["EOFFICE_DATA"]))
        tell("up.stopped")
    return 0


def surroundings(options: Namespace) -> dict[str, str]:
    """The environment of every process: what was asked for, over what the operator had set."""
    folder = Path(options.data).expanduser().resolve()
    given = {
        "EOFFICE_DATA": str(folder),
        "EOFFICE_DATABASE_URL": options.database_url,
        "EOFFICE_REDIS_URL": options.redis_url or embedded_redis.url(embedded_redis.socket_path(folder)),
        "EOFFICE_WORLD": options.world,
        "EOFFICE_EMPTY": "1" if options.empty else None,
        "EOFFICE_PROFILE": "production" if options.production else None,
        "EOFFICE_SUPERVISED": "1",
        "HOST": options.host,
        "PORT": str(options.port),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",  # Vietnamese goes through the pipes whatever the operator's locale is
        "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2"),  # threads that share arenas leave less unused
    }
    return {**os.environ, **{name: value for name, value in given.items() if value is not None}}


def _serve(supervisor: Supervisor, environment: Mapping[str, str], options: Namespace) -> None:
    """From nothing to a page that answers, then on until told to stop."""
    commands = procfile.read((ROOT / "Procfile").read_text("utf-8"))
    redis = commands.pop(FOUNDATION, None)
    if redis is not None and not options.redis_url:
        _start_redis(supervisor, redis, environment)
    if supervisor.once("db", _app("db", "prepare"), environment) != 0:
        _unless_stopping(supervisor, "up.not_prepared")
        return
    for name, command in commands.items():
        for number in range(1, (options.workers if name == "worker" else 1) + 1):
            numbered = name if number == 1 else f"{name}.{number}"
            supervisor.add(Child(numbered, procfile.words(command, environment), environment))
    if not _is_healthy(supervisor, options):
        _unless_stopping(supervisor, "up.unwell", address=_address(options))
        return
    say()
    tell("up.ready", address=_address(options))
    supervisor.once("sign-ins", _app("db", "sign-ins"), environment, label="")
    tell("up.how_to_stop")
    say()
    supervisor.watch()


def _start_redis(supervisor: Supervisor, command: str, environment: Mapping[str, str]) -> None:
    folder = Path(environment["EOFFICE_DATA"])
    path = embedded_redis.socket_path(folder)
    child = Child(FOUNDATION, procfile.words(command, environment), environment)
    supervisor.add(child)
    supervisor.wait(lambda: embedded_redis.answers(path) or child.deaths >= HOPELESS, REDIS_WITHIN, every=0.05)
    if not embedded_redis.answers(path):
        _unless_stopping(supervisor, "redis.silent", folder=folder / "redis")


def _is_healthy(supervisor: Supervisor, options: Namespace) -> bool:
    web = next((child for child in supervisor.children if child.name == "web"), None)
    is_lost = False

    def is_settled() -> bool:
        nonlocal is_lost
        is_lost = web is not None and web.deaths >= HOPELESS
        return is_lost or is_well(options.host, options.port)

    return supervisor.wait(is_settled, STARTS_WITHIN) and not is_lost


def is_well(host: str, port: int) -> bool:
    """Whether the page `/health` says so; asked directly, whatever proxy the operator has for the world outside."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - the answer to it
    line = http.client.HTTPConnection(here, port, timeout=3)
    try:
        line.request("GET", "/health", headers={"Host": "localhost"})  # the one name that is answered to everywhere
        return line.getresponse().status == OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def _unless_stopping(supervisor: Supervisor, key: str, **data: object) -> None:
    """What failed because we were told to stop is no failure."""
    if not supervisor.is_stopping:
        raise Stopped(key, **data)


def _app(*words: str) -> list[str]:
    return [sys.executable, "-m", "app", *words]


def _address(options: Namespace) -> str:
    return f"http://{f'[{options.host}]' if ':' in options.host else options.host}:{options.port}"


def _options(arguments: list[str]) -> Namespace:
    env = os.environ
    worlds = sorted(path.stem.rpartition("_")[2] for path in (ROOT / "demo").glob("quang_ngai_*.toml"))
    parser = ArgumentParser(prog="python3 -m app up", description=__doc__)
    parser.add_argument("--port", type=_port, default=env.get("PORT") or "8000")
    parser.add_argument("--host", default=env.get("HOST") or "127.0.0.1")
    parser.add_argument("--data", default=env.get("EOFFICE_DATA") or str(ROOT / "var"), help="data folder")
    parser.add_argument("--database-url", default=env.get("EOFFICE_DATABASE_URL") or None)
    parser.add_argument("--redis-url", default=env.get("EOFFICE_REDIS_URL") or None)
    parser.add_argument("--world", choices=worlds, default=env.get("EOFFICE_WORLD") or None, help="demo world")
    parser.add_argument("--empty", action="store_true", help="no demo world")
    parser.add_argument("--production", action="store_true", help="refuse demo keys and demo people")
    parser.add_argument("--workers", type=_count, default=env.get("EOFFICE_WORKERS") or "1", metavar="N")
    return parser.parse_args(arguments)


def _port(word: str) -> int:
    if not word.isascii() or not word.isdigit() or not 0 < int(word) <= LAST_PORT:
        raise ArgumentTypeError(f"{word!r}: 1-{LAST_PORT}")
    return int(word)


def _count(word: str) -> int:
    if not word.isascii() or not word.isdigit() or int(word) < 1:
        raise ArgumentTypeError(f"{word!r}: 1, 2, 3 ...")
    return int(word)
