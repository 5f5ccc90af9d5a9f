"""What a foreign diagram leaves open is listed element by element, and can be said until nothing is open."""

from pathlib import Path
from typing import Any

import pytest

from app.engine.child import Reader
from app.kernel.errors import Invalid

FOLDER = Path(__file__).with_name("dialects")
OPEN = {
    "aris.bpmn": set[str](),
    "bizagi.bpmn": {"Id_f4", "Id_f5"},
    "camunda7.bpmn": set[str](),
    "camunda8.bpmn": {"pay"},
    "drawio.drawio": set[str](),
    "flowable.bpmn20.xml": {"told"},
    "signavio.bpmn": {"sid-F3", "sid-F4"},
    "spiffworkflow.bpmn": set[str](),
}
"""What is open beside forms and people: conditions and operations."""


def _open(found: dict[str, Any]) -> set[str]:
    machines = {one["id"] for one in found["machines"] if one["open"]}
    return machines | {one["id"] for one in found["ways"] if not one["condition"]}


def test_every_dialect_is_worked_off_element_by_element_until_the_gate_has_nothing_to_say() -> None:
    """A condition, an operation, a person and a form for whatever lacks one."""
    assert {path.name for path in FOLDER.iterdir()} == OPEN.keys()
    with Reader() as reader:
        for name, wanted in OPEN.items():
            xml = reader.ask("convert", (FOLDER / name).read_bytes())["xml"].encode()
            found = reader.ask("openings", xml)
            assert _open(found) == wanted, name
            for one in found["ways"]:
                if not one["condition"]:
                    xml = _said(reader, xml, one["id"], "condition", condition="decision == 'yes'")
            for one in found["machines"]:
                if one["open"]:
                    params = {"document_id": "document_id"}
                    xml = _said(reader, xml, one["id"], "operation", name="exchange.send", result="sent", params=params)
            for one in found["steps"]:
                xml = _said(reader, xml, one["id"], "form", form="give_opinion")
                xml = _said(reader, xml, one["id"], "person", role="clerk")
            left = reader.ask("openings", xml)
            assert _open(left) == set(), name
            assert all(one["somebody"] and one["form"] == "give_opinion" for one in left["steps"]), name
            assert reader.ask("examine", xml)["verdict"] == "runs", name


def test_what_cannot_be_said_is_refused_and_an_original_condition_stays_readable() -> None:
    refused = (
        ("Id_f4", "condition", {"condition": "amount > "}, "expression.syntax"),
        ("Id_f4", "form", {"form": "a"}, "opening.element"),
        ("nowhere", "condition", {"condition": "a"}, "opening.element"),
        ("Id_f4", "condition", {"condition": "a" * 3000}, "opening.too_long"),
    )
    with Reader() as reader:
        xml = reader.ask("convert", (FOLDER / "bizagi.bpmn").read_bytes())["xml"].encode()
        ways = {one["id"]: one for one in reader.ask("openings", xml)["ways"]}
        assert ways["Id_f4"]["original"] == "Kết quả thẩm định là đạt"
        step = reader.ask("openings", xml)["steps"][0]["id"]
        for element, what, said, code in (*refused, (step, "person", {}, "opening.person")):
            with pytest.raises(Invalid) as refusal:
                reader.ask("fill", xml, element=element, what=what, said=said)
            assert refusal.value.code == code
        chosen = _said(reader, xml, "Id_f5", "default")
        assert {one["id"] for one in reader.ask("openings", chosen)["ways"]} == {"Id_f4"}


def _said(reader: Reader, xml: bytes, element: str, what: str, **said: Any) -> bytes:
    text: str = reader.ask("fill", xml, element=element, what=what, said=said)["xml"]
    return text.encode()
