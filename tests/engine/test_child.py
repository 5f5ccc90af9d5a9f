"""Diagrams of strangers are read by a process that may crash, hang or grow without harm."""

import os
from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest

from app.engine.child import Reader
from app.kernel.errors import Invalid
from tests.engine.diagrams import document, ends, gateway, user
from tests.readers import begun_anew

FINE = document(ends() + user("a"), "s > a; a > e")


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with begun_anew(), Reader() as started:
        yield started


def test_one_reader_answers_many_questions(reader: Reader) -> None:
    assert [reader.ask("examine", xml)["verdict"] for xml in (FINE, b"x", FINE)] == ["runs", "refused", "runs"]


def test_a_broken_child_takes_only_its_own_question_with_it(reader: Reader) -> None:
    with pytest.raises(Invalid, match=r"diagram\.broke"):
        reader.ask("no such act", FINE)
    assert reader.ask("examine", FINE)["verdict"] == "runs"


@pytest.mark.parametrize(
    "xml",
    [
        b"<a>" * 100_000,
        document(ends() + "<bpmn:subProcess id='x'>" * 39 + "</bpmn:subProcess>" * 39),
        document(ends() + gateway("exclusive", "g") + "".join(user(f"u{n}") for n in range(19_000))),
        document(ends() + user("a", 'deadline="' + "(" * 900 + "1" + ")" * 900 + '"'), "s > a; a > e"),
        document(ends() + user("a", 'deadline="' + "-" * 990 + '1"'), "s > a; a > e"),
        FINE.replace(b"a", b"\xff"),
        bytes(range(256)) * 100,
    ],
)
def test_nothing_that_is_sent_takes_long_or_breaks_it(xml: bytes, reader: Reader) -> None:
    begun = monotonic()
    assert reader.ask("examine", xml)["verdict"] in {"draft", "refused"}
    assert monotonic() - begun < 10


def test_a_case_that_never_rests_is_stopped(reader: Reader) -> None:
    body = ends() + gateway("exclusive", "g", "a") + user("a")
    loop = document(body, "s > a; a > g; g > a else; g > e if done")
    given: dict[str, Any] = {"process": None, "data": {}, "answers": {"a": {}}, "events": []}
    try:
        assert reader.ask("play", loop, **given)["reason"]["reason"] == "rehearsal.too_long"
    except Invalid as refused:
        assert refused.code == "diagram.too_costly"  # noqa: PT017 - a slow machine reaches that limit first


def test_the_reader_leaves_no_process_behind() -> None:
    with begun_anew(), Reader() as started:
        started.ask("examine", FINE)
        pid = started._process.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
