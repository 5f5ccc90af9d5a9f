"""Diagrams with something broken in them: always a report, never a crash, and what is said to run does run."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from app.engine import gate, importing, layout, rehearsal
from app.engine.standard import EVERYTHING
from app.engine.xml import bpmn
from app.kernel import clock
from tests.engine.support import CATALOGUE

FILES = [path.read_bytes() for path in sorted(Path(__file__).with_name("dialects").iterdir())]
WHOLE = FILES + [element.document for element in CATALOGUE]
NAMES = sorted(EVERYTHING)
TEXTS = ["", "x", "true", "ví dụ", "${a.b}", "=b", "P1D", "R/P1D", '=duration("P1D")', "__x", "1/0"]
BATCHES, EACH = 6, 150


@pytest.fixture(autouse=True)
def _own_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_read", clock._read)


def _mutated(seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)  # noqa: S311 - the same every time
    for _ in range(EACH):
        root = etree.fromstring(chance.choice(WHOLE))
        elements = list(root.iter())
        for _ in range(chance.randint(1, 4)):
            _break(chance, chance.choice(elements), chance.choice(elements))
        yield etree.tostring(root)


def _break(chance: random.Random, one: etree._Element, other: etree._Element) -> None:
    names, above = list(one.attrib), one.getparent()
    act = chance.randrange(7)
    if act == 0 and above is not None:
        above.remove(one)
    elif act == 1 and names:
        del one.attrib[chance.choice(names)]
    elif act == 2 and names:
        one.set(chance.choice(names), chance.choice([*TEXTS, other.get("id") or "q"]))
    elif act == 3:
        one.text = chance.choice(TEXTS)
    elif act == 4:
        one.tag = bpmn(chance.choice(NAMES))
    elif act == 5:
        one.append(etree.Element(chance.choice([bpmn(chance.choice(NAMES)), "{urn:x}y", "z"])))
    elif act == 6:
        one.append(etree.fromstring(etree.tostring(other)))


@pytest.mark.parametrize("seed", range(BATCHES))
def test_whatever_is_broken_there_is_a_report(seed: int) -> None:
    for xml in _mutated(seed):
        report = gate.examine(xml)
        if report.verdict == "refused":
            assert report.reasons
            continue
        root, _changes = importing.opened(xml)
        layout.draw(root)
        told = rehearsal.play(xml, None, {}, {}, [{"advance": "P9D"}]) if root.find(bpmn("process")) is not None else {}
        if report.verdict in {"runs", "rewritten"}:
            assert not (told["reason"] or {"reason": ""})["reason"].startswith("diagram."), etree.tostring(root)
