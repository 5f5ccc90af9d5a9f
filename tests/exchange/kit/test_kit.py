"""The conformance kit, played between two deployments: with PostgreSQL there, one of them keeps its rows in it."""

import logging
import os
from collections.abc import Iterator

import pytest

from app.cli.kit import pair, scenarios
from app.cli.kit.faults import Aimed
from app.cli.kit.seeds import Course
from app.domain.exchange import hearing, reporting
from app.gateways.transports.peer import PeerTransport
from app.gateways.transports.protocol import Answer
from app.jobs import delivering
from interchange.receipts import Receipt
from tests import databases

SEEDS, PART = 300, 100
SCENARIOS = list(scenarios.every())
POSTGRESQL = bool(os.environ.get("EOFFICE_TEST_DATABASE_URL"))
"""Then the second deployment is on it, and a part is enough: the rest was played on SQLite."""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """Two deployments with a way between them that can fail."""
    folder = tmp_path_factory.mktemp("kit")
    with databases.database(folder / "unused.sqlite3") as url, _quiet(), pair.built(folder, ("", url)) as made:
        playing = Course(made)
        with playing.opened():
            yield playing


class _quiet:  # noqa: N801 - a context
    """Failures are the point here: the log is not."""

    def __enter__(self) -> None:
        logging.disable(logging.ERROR)

    def __exit__(self, *_: object) -> None:
        logging.disable(logging.NOTSET)


def test_line_77_the_kit_has_at_least_a_hundred_scenarios_with_names_of_their_own() -> None:
    assert len({one.name for one in SCENARIOS}) == len(SCENARIOS) >= 100
    assert {2, 3, 4, 5, 6, 10, 11, 14} <= {one.promise for one in SCENARIOS}


@pytest.mark.parametrize("part", range(4))
def test_promise_17_every_scenario_holds(course: Course, part: int) -> None:
    played = SCENARIOS[part :: 16 if POSTGRESQL else 4]
    broken = {one.name: wrong for i, one in enumerate(played) if (wrong := one.run(course, part * 1000 + i + 1))}
    assert broken == {}


@pytest.mark.parametrize("begin", range(0, SEEDS, PART))
def test_promise_17_no_seed_of_faults_loses_or_doubles_anything(course: Course, begin: int) -> None:
    seeds = range(begin, begin + (10 if POSTGRESQL else PART))
    assert [broken for seed in seeds for broken in course.run(seed)] == []


def test_line_n15_a_seed_plays_the_same_again(course: Course) -> None:
    first = [(course.run(seed), list(course.plan.done))[1] for seed in (501, 502)]
    again = []
    for seed, number in ((501, 7_000_001), (502, 7_000_011)):
        assert course.run(seed, number) == []
        again.append(list(course.plan.done))
    assert first == again


def test_the_kit_sees_a_sender_that_takes_silence_for_a_receipt(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "_carried", lambda *_: Answer((Receipt(b"", b""),)))
    monkeypatch.setattr(hearing, "hear", lambda *_: None)
    assert "kept exactly once" in course.play(Aimed(1, kind="lost_answer", at="POST"), 8_000_001)


def test_the_kit_sees_a_recipient_that_answers_a_duplicate_anew(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "receipt_of", lambda _row: Receipt(b"{}", b"0" * 64))
    assert course.play(Aimed(1, kind="lost_answer", at="POST"), 8_000_002) != []


def test_the_kit_sees_a_recipient_that_strikes_a_receipt_off_before_it_was_heard(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PeerTransport, "tell", lambda *_: None)
    assert "every receipt is the one that was given" in course.play(Aimed(1), 8_000_003)
