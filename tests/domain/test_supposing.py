"""What if a step were added, removed or due earlier: reckoned by hand for cases that can be counted on fingers."""

from datetime import UTC, date, datetime

from app.domain.cases.supposing import (
    NEW,
    Added,
    Change,
    Compared,
    Figures,
    Removed,
    Run,
    Shortened,
    Step,
    by_who,
    of_cases,
    suppose,
)
from app.domain.orgunits.officehours import OfficeHours


def _case(name: str, *hours: float) -> Run:
    """A register's step, then the head's, an hour of machines between them and one after them."""
    first, second = hours
    steps = (
        Step(f"{name}a", "register", "clerk", 0, first, due=8),
        Step(f"{name}b", "decide", "head", first + 1, first + 1 + second, f"{name}a", due=first + 1 + 8),
    )
    return Run(name, steps, first + second + 2)


CASES = [_case("x", 2, 4), _case("y", 4, 10), _case("z", 6, 20)]


def _with(*changes: Change) -> list[Run]:
    return suppose(CASES, lambda _run: changes)


def test_what_is_changed_in_nothing_stays_as_it_was() -> None:
    assert _with() == CASES
    assert of_cases(CASES) == Figures(3, 16, 28, 2 / 3)


def test_a_step_more_moves_everything_after_it() -> None:
    after = _with(Added("register", 2))
    assert [run.ended for run in after] == [run.ended + 16 for run in CASES]
    assert [step.opened for step in after[0].steps] == [0, 2, 19]
    told = {one.who: one for one in by_who(CASES, after)}
    assert told[NEW] == Compared(NEW, None, Figures(3, 16, 16, 0.0))
    assert told["head"] == Compared("head", Figures(3, 10, 20, 2 / 3), Figures(3, 10, 20, 2 / 3))
    like = _with(Added("register", 1, like="decide"))
    drawn = [step.hours for run in like for step in run.steps if step.node == NEW]
    assert set(drawn) <= {4, 10, 20}
    assert like == _with(Added("register", 1, like="decide"))


def test_a_step_less_lets_the_rest_come_earlier() -> None:
    after = _with(Removed("register"))
    assert [run.ended for run in after] == [6, 12, 22]
    assert [(one.who, one.after) for one in by_who(CASES, after)] == [
        ("clerk", None),
        ("head", Figures(3, 10, 20, 2 / 3)),
    ]


def test_an_earlier_deadline_is_kept_as_often_as_the_one_there_is() -> None:
    after = _with(Shortened("register", 0))
    assert [run.ended for run in after] == [6, 12, 22]
    assert of_cases(_with(Shortened("decide", 2))) in (Figures(3, 16, 24, 0.0), Figures(3, 16, 28, 1 / 3))


def test_what_follows_two_at_once_waits_for_the_later_one() -> None:
    steps = (
        Step("a", "one", "p", 0, 5),
        Step("b", "two", "q", 0, 8),
        Step("c", "join", "r", 8, 10, "b"),
    )
    (after,) = suppose([Run("x", steps, 10)], lambda _run: [Added("one", 1)])
    assert {step.node: step.opened for step in after.steps} == {"one": 0, NEW: 5, "two": 0, "join": 13}
    assert after.ended == 15


def test_only_hours_in_which_the_office_works_count() -> None:
    hours = OfficeHours({date(2026, 1, 6): False, date(2026, 1, 10): True})

    def between(since: str, until: str) -> float:
        return hours.between(
            *(datetime.fromisoformat(f"2026-01-{one}+07:00").astimezone(UTC) for one in (since, until))
        )

    assert between("05T09:00", "05T11:30") == 2.5
    assert between("05T11:00", "05T14:00") == 2
    assert between("05T16:00", "07T09:00") == 2
    assert between("05T05:00", "05T23:00") == 8
    assert between("09T16:00", "12T09:00") == 1 + 8 + 1
    assert between("07T09:00", "05T16:00") == -2
