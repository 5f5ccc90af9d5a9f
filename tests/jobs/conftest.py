"""A real Redis for the tests of the bell."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from time import sleep

import pytest
from redis import Redis, RedisError

from app.launcher import embedded_redis


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis of the test session, on a unix socket; its folder has a short name, as sockets need."""
    server = embedded_redis.binary()
    folder = Path(mkdtemp(prefix="eo-redis-"))
    socket = folder / "redis.sock"
    command = [server, "--port", "0", "--unixsocket", str(socket), "--dir", str(folder), "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    url = f"unix://{socket}?db=0"
    try:
        _wait(url)
        yield url
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(url: str) -> None:
    for _ in range(100):
        try:
            with Redis.from_url(url) as client:
                client.ping()
                return
        except RedisError:
            sleep(0.05)
    raise RuntimeError("Redis did not start")
