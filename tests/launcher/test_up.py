"""One command starts the product, keeps it running, and leaves nothing behind."""

import os
import signal
import socket
from pathlib import Path

import pytest

from app.launcher import sessions
from tests.launcher.small_house import SmallHouse, free_port, kill, until

EVERYONE = ("redis", "web", "worker", "clock")


def _is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def test_it_prepares_starts_everything_and_says_where_and_who(house: SmallHouse) -> None:
    house.up_and_ready()

    assert tuple(house.pids()) == EVERYONE
    assert (house.data / "prepared").exists()
    assert f"http://127.0.0.1:{house.port}" in house.told
    assert "vanthu.thu" in house.told
    assert "worker    | văn thư" in house.told


def test_told_to_stop_it_leaves_no_process_behind(house: SmallHouse) -> None:
    up = house.up_and_ready()
    families, grandchild = set(house.pids().values()), house.grandchild()

    up.terminate()

    assert up.wait(20) == 0
    assert sessions.members(families) == []
    assert _is_gone(grandchild)
    assert house.pids() == {}
    assert not (house.data / "run" / "redis.sock").exists()


@pytest.mark.parametrize("victim", ["redis", "web", "worker"])
def test_a_killed_process_is_started_again(house: SmallHouse, victim: str) -> None:
    house.up_and_ready()
    before = house.pids()

    kill(before[victim])

    until(lambda: house.pids().get(victim, before[victim]) != before[victim], "a new one")
    after = house.pids()
    assert {name: pid for name, pid in after.items() if name != victim} == {
        name: pid for name, pid in before.items() if name != victim
    }


def test_what_a_killed_worker_was_doing_ends_with_it(house: SmallHouse) -> None:
    house.up_and_ready()
    before = house.grandchild()

    kill(house.pids()["worker"])

    until(lambda: house.grandchild() != before, "a new worker")
    assert _is_gone(before)


def test_what_fled_its_session_holds_up_no_restart_and_ends_with_everything(house: SmallHouse) -> None:
    up = house.up_and_ready(WORKER="fugitive")
    before, fugitive = house.pids()["worker"], house.grandchild()

    kill(before)
    until(lambda: house.pids().get("worker", before) != before, "a new worker")
    up.terminate()

    assert up.wait(20) == 0
    assert _is_gone(fugitive)
    assert _is_gone(house.grandchild())


def test_nothing_survives_a_killed_supervisor_and_the_next_one_starts(house: SmallHouse) -> None:
    up = house.up_and_ready(WORKER="stubborn")
    families, grandchild = set(house.pids().values()), house.grandchild()

    up.kill()
    up.wait()
    house.up_and_ready()

    assert sessions.members(families) == []
    assert _is_gone(grandchild)
    assert tuple(house.pids()) == EVERYONE


def test_a_killed_watchdog_is_replaced(house: SmallHouse) -> None:
    up = house.up_and_ready()
    ours = set(house.pids().values())
    children = Path(f"/proc/{up.pid}/task/{up.pid}/children")
    (watchdog,) = {int(pid) for pid in children.read_text().split()} - ours

    kill(watchdog)

    until(lambda: len(set(children.read_text().split()) - {str(watchdog)}) > len(ours), "a new watchdog")
    assert set(house.pids().values()) == ours


def test_asked_twice_it_does_not_wait_for_the_stubborn(house: SmallHouse) -> None:
    up = house.up_and_ready(WORKER="stubborn")
    families = set(house.pids().values())

    up.send_signal(signal.SIGINT)
    until(lambda: "Stopping" in house.told, "stopping")
    up.send_signal(signal.SIGINT)

    assert up.wait(5) == 0
    assert sessions.members(families) == []


def test_more_workers_have_names_of_their_own(house: SmallHouse) -> None:
    house.up_and_ready("--workers", "2")

    assert tuple(house.pids()) == ("redis", "web", "worker", "worker.2", "clock")


def test_with_a_redis_elsewhere_none_is_started(house: SmallHouse) -> None:
    house.up_and_ready("--redis-url", "redis://127.0.0.1:1/0")

    assert tuple(house.pids()) == EVERYONE[1:]


def test_a_second_one_on_the_same_data_is_refused_and_the_first_goes_on(house: SmallHouse) -> None:
    house.up_and_ready()
    before = house.pids()

    house.port = free_port()
    second = house.up()

    assert second.wait(20) == 1
    assert "Hãy dừng nó trước, hoặc chọn thư mục khác bằng --data." in house.told
    assert house.pids() == before


def test_a_taken_port_is_noticed_before_anything_starts(house: SmallHouse) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", house.port))
        other.listen()
        up = house.up()
        assert up.wait(20) == 1

    assert f"Không mở được cổng {house.port}" in house.told
    assert not (house.data / "prepared").exists()
    assert house.pids() == {}


def test_a_database_that_cannot_be_prepared_stops_the_start(house: SmallHouse) -> None:
    up = house.up(PREPARE="fails")

    assert up.wait(20) == 1
    assert "db        | the database is away" in house.told
    assert "Chưa chuẩn bị được cơ sở dữ liệu" in house.told
    assert house.pids() == {}


def test_a_web_server_that_keeps_dying_is_given_up_with_a_reason(house: SmallHouse) -> None:
    up = house.up(WEB="dies")

    assert up.wait(20) == 1
    assert "mã 3" in house.told
    assert "chưa sẵn sàng" in house.told


def test_a_data_folder_that_cannot_be_written_is_said_in_words(house: SmallHouse) -> None:
    house.data.write_text("a file where the folder should be")

    assert house.up().wait(20) == 1
    assert f"Không ghi được vào thư mục dữ liệu {house.data}" in house.told


def test_a_name_too_long_for_a_socket_gets_a_short_one(house: SmallHouse) -> None:
    house.data = house.data / ("xã Tịnh Hà " * 9)
    up = house.up_and_ready()

    link = house.data / "run" / "redis.sock"
    target = link.readlink()
    assert target.is_socket()
    assert len(os.fsencode(target)) <= 100
    assert target.parent.stat().st_mode & 0o777 == 0o700
    up.terminate()
    assert up.wait(20) == 0
    assert not target.parent.exists()
