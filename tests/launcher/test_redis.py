"""The embedded Redis belongs to one data folder and one user, and forgets nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis, ResponseError

from app.launcher import embedded_redis
from tests.launcher.small_house import ROOT, kill, surroundings, until
from tests.needs import needs

Started = list[subprocess.Popen[bytes]]


@pytest.fixture
def started() -> Iterator[Started]:
    """Servers, which end with the test."""
    processes: Started = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def _start(started: Started, data: Path, **variables: str) -> tuple[int, Redis]:
    command = [sys.executable, "-m", "app", "redis"]
    environment = surroundings(EOFFICE_DATA=str(data), **variables)
    started.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL))
    path = embedded_redis.socket_path(data)
    until(lambda: embedded_redis.answers(path), "an answer")
    return started[-1].pid, Redis.from_url(embedded_redis.url(path))


@pytest.mark.parametrize("server", [pytest.param("", marks=needs("redis-server")), "bundled"])
def test_what_was_written_is_there_after_a_kill(started: Started, tmp_path: Path, server: str) -> None:
    pid, client = _start(started, tmp_path, EOFFICE_REDIS_SERVER=server)
    client.rpush("rq:queue:work", "ring")

    kill(pid)
    until(lambda: not embedded_redis.answers(embedded_redis.socket_path(tmp_path)), "its end")
    _, again = _start(started, tmp_path, EOFFICE_REDIS_SERVER=server)

    assert again.lrange("rq:queue:work", 0, -1) == [b"ring"]
    client.close()
    again.close()


def test_only_its_user_can_reach_it_and_nobody_from_outside(started: Started, tmp_path: Path) -> None:
    _, client = _start(started, tmp_path)

    assert client.config_get("port") == {"port": "0"}
    assert (tmp_path / "run" / "redis.sock").stat().st_mode & 0o777 == 0o700
    assert [folder.stat().st_mode & 0o777 for folder in (tmp_path / "run", *(tmp_path / "redis").iterdir())] == [
        0o700
    ] * 2
    client.close()


def test_full_it_refuses_rather_than_forgets(started: Started, tmp_path: Path) -> None:
    _, client = _start(started, tmp_path)
    client.set("first", "1")
    client.config_set("maxmemory", 1)

    with pytest.raises(ResponseError, match="maxmemory"):
        client.set("second", "2")

    assert client.get("first") == b"1"
    client.close()


def test_two_servers_never_share_a_folder(started: Started, tmp_path: Path) -> None:
    _, client = _start(started, tmp_path)

    command = [sys.executable, "-m", "app", "redis"]
    environment = surroundings(EOFFICE_DATA=str(tmp_path))
    second = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=20, check=False)

    assert second.returncode == 1
    assert "Một Redis khác đang chạy trên thư mục" in second.stderr
    assert client.ping()
    client.close()


@pytest.mark.parametrize("name", ["ngắn nhưng có dấu", "a" * 120])
def test_a_socket_has_a_short_plain_name_whatever_the_folder_is_called(tmp_path: Path, name: str) -> None:
    path = embedded_redis.socket_path(tmp_path / name)

    assert len(os.fsencode(path)) <= embedded_redis.LONGEST_SOCKET
    assert str(path).isascii()
    assert " " not in str(path)
    assert path == embedded_redis.socket_path(tmp_path / name)
    assert path != embedded_redis.socket_path(tmp_path / f"{name}2")
