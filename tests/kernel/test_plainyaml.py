"""YAML as scenarios are written in: read alike by everybody, or not at all."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel import plainyaml
from app.kernel.errors import Invalid, TooLarge

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(st.characters(exclude_categories=("C", "Z"))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc $:#-yn01", max_size=4), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1\nb: [x, 'y, z', \"w\"] # said", {"a": 1, "b": ["x", "y, z", "w"]}),
        ("- a: 1\n  b:\n  - true\n  - null\n-\n  c: -1.5\n", [{"a": 1, "b": [True, None]}, {"c": -1.5}]),
        ("a: |\n  one\n   two\n\nb: |-\n  end", {"a": "one\n two\n", "b": "end"}),
        ("a: {b: {c: d},\n  e: [1,\n  2]}", {"a": {"b": {"c": "d"}, "e": [1, 2]}}),
        ("when: 2026-01-05T08:00\nid: $specialist", {"when": "2026-01-05T08:00", "id": "$specialist"}),
        ("a: it's x#y: z".replace(": z", ""), {"a": "it's x#y"}),
        ("a:\n# only a comment\n", {"a": None}),
        ("", None),
    ],
)
def test_what_is_written_plainly_is_read(text: str, value: Any) -> None:
    assert plainyaml.read(text.encode()) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: &x 1", "not_allowed"),
        ("a: *x", "not_allowed"),
        ("a: [*x]", "not_allowed"),
        ("&x a: 1", "not_allowed"),
        ("a: !!python/object:os.system 1", "not_allowed"),
        ("%YAML 1.2", "not_allowed"),
        ("--- a", "not_allowed"),
        ("<<: {a: 1}", "ambiguous"),
        *(
            (f"a: {text}", "ambiguous")
            for text in ("03", "yes", "No", "on", "True", "1e3", "0x1F", "1_000", "12:30", "+1")
        ),
        ("1: a", "ambiguous"),
        ("yes: a", "ambiguous"),
        ("a: 1\na: 2", "repeated_key"),
        ("{a: 1, a: 2}", "repeated_key"),
        ("a: " + "[" * 40 + "]" * 40, "too_deep"),
        ("- " * 40 + "a", "too_deep"),
        *(
            (text, "syntax")
            for text in ("a: b: c", "a: [1", 'a: "x" y', "a:\n\tb: 1", "- a\nb: 1", "a: 'x", "? a", "a: {b: }")
        ),
        ("a: " + "x" * 5_000, "syntax"),
        ("a: \x00", "syntax"),
    ],
)
def test_what_could_be_read_in_two_ways_or_unfolds_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Invalid) as raised:
        plainyaml.read(text.encode())
    assert raised.value.code == f"yaml.{reason}"
    assert raised.value.data["line"] >= 1


def test_the_line_of_a_mistake_is_told() -> None:
    with pytest.raises(Invalid) as raised:
        plainyaml.read(b"a: 1\n\n# comment\nb: yes\n")
    assert raised.value.data == {"line": 4}


def test_bytes_that_are_no_text_and_too_many_of_them_are_refused() -> None:
    with pytest.raises(Invalid):
        plainyaml.read(b"a: 1\nb: \xff\n")
    with pytest.raises(TooLarge):
        plainyaml.read(b"#" * (plainyaml.MAX_BYTES + 1))


@pytest.mark.parametrize(
    "part", ["[x,\n ", "a: [" + " " * 3_900 + "\n", "- ", "a" + " #" * 1_900 + "\n", "'" * 3_000, "{a: "]
)
def test_hostile_texts_take_no_time(part: str) -> None:
    began = time.monotonic()
    with pytest.raises(Invalid):
        plainyaml.read((part * (plainyaml.MAX_BYTES // len(part) - 1)).encode())
    assert time.monotonic() - began < 2


@given(PLAIN)
def test_what_is_written_is_read_as_it_was(value: Any) -> None:
    assert plainyaml.read(plainyaml.write(value).encode()) == value
