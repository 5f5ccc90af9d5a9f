"""JUEL and FEEL in our words, and only where both mean the same."""

import pytest

from app.engine.notations import translate


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        ("${x == 'a'}", "x == 'a'"),
        ("#{approved}", "approved"),
        ("${!approved}", "not approved"),
        ("${!a && b}", "not a and b"),
        ('${a.b eq "c" and n ge 3}', "a.b == 'c' and n >= 3"),
        ("${(a || b) && !(c == 'x')}", "(a or b) and not (c == 'x')"),
        ("${a[0] == 1}", "a[0] == 1"),
        ("${x != null}", "x != None"),
        ('= x = "a"', "x == 'a'"),
        ('= "5" = x', "'5' == x"),
        ("=amount > 1000 and not(urgent)", "amount > 1000 and not (urgent)"),
        ("=x.y = 3 or z < 2", "x.y == 3 or z < 2"),
    ],
)
def test_what_means_the_same_is_said(foreign: str, ours: str) -> None:
    assert translate(foreign) == ours


@pytest.mark.parametrize(
    "foreign",
    [
        "x == 'a'",
        "${}",
        "=",
        "${!a == b}",
        "=not(a) = b",
        "${x == '5'}",
        "${flag == 'true'}",
        "${execution.getVariable('x')}",
        "${f(x)}",
        "${a ? 1 : 2}",
        "${empty x}",
        "${a == b == c}",
        "${(a == b) == c}",
        "${a}${b}",
        "${'it''s'}",
        "${x == 'a\\'b'}",
        "=x in [1, 2]",
        "=1..3",
        "=x == 1",
        "=some y in x satisfies y > 1",
        '=if a then "b" else "c"',
        "=x!y",
        "${_x}",
        "${x = 1}",
    ],
)
def test_what_may_mean_something_else_is_left_to_a_person(foreign: str) -> None:
    assert translate(foreign) is None
