"""The drawing of a diagram: everything is shown, nothing is run."""

import pytest
from lxml import etree

from app.engine import diagram, lettering
from app.engine.declarations import describe
from app.kernel.errors import Invalid
from tests.engine.diagrams import HEAD, boundary, document, ends, gateway, node, service, timer, user

SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "g", "title", "desc", "defs", "marker", "path", "polyline", "rect", "circle", "text", "tspan"}


def _drawn(body: str, shapes: dict[str, tuple[float, float, float, float]], flows: str = "", edges: str = "") -> bytes:
    """A document with a drawing: a rectangle for each node."""
    drawn = "".join(
        f'<bpmndi:BPMNShape id="{key}_di" bpmnElement="{key}">'
        f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/></bpmndi:BPMNShape>'
        for key, (x, y, width, height) in shapes.items()
    )
    plane = f'<bpmndi:BPMNPlane id="P" bpmnElement="p">{drawn}{edges}</bpmndi:BPMNPlane>'
    sheet = f'<bpmndi:BPMNDiagram id="D">{plane}</bpmndi:BPMNDiagram>'
    return document(body, flows).replace(b"</bpmn:definitions>", sheet.encode() + b"</bpmn:definitions>")


def _sample(name: str = "Soạn thảo công văn") -> bytes:
    body = ends() + node("userTask", "a", name=name) + service("k") + gateway("exclusive", "g")
    body += boundary("t", "k", timer("P1D"), cancels=False)
    shapes = {
        "s": (0.0, 32.0, 36.0, 36.0),
        "a": (100.0, 10.0, 100.0, 80.0),
        "k": (250.0, 10.0, 100.0, 80.0),
        "t": (282.0, 72.0, 36.0, 36.0),
        "g": (400.0, 25.0, 50.0, 50.0),
        "e": (500.0, 32.0, 36.0, 36.0),
    }
    edges = (
        '<bpmndi:BPMNEdge id="x" bpmnElement="s_to_a"><di:waypoint x="36" y="50"/><di:waypoint x="100" y="50"/>'
        "</bpmndi:BPMNEdge>"
    )
    return _drawn(body, shapes, "s > a; a > k; k > g; g > e", edges)


def _nodes(svg: str) -> dict[str, etree._Element]:
    return {str(one.get("data-node")): one for one in etree.fromstring(svg).iter(f"{SVG}g") if one.get("data-node")}


def _words(element: etree._Element) -> str:
    return " ".join(part.text or "" for part in element.iter(f"{SVG}tspan"))


def test_every_node_and_flow_is_drawn() -> None:
    svg = diagram.render(_sample(), title="Sơ đồ")
    assert set(_nodes(svg)) == {"s", "a", "k", "t", "g", "e"}
    assert [one.get("data-flow") for one in etree.fromstring(svg).iter(f"{SVG}g") if one.get("data-flow")] == ["s_to_a"]
    assert _words(_nodes(svg)["a"]) == "Soạn thảo công văn"


@pytest.mark.parametrize("state", diagram.STATES)
def test_a_state_is_a_class_a_sign_and_a_word(state: str) -> None:
    svg = diagram.render(_sample(), {"a": state}, title="Sơ đồ", words={state: "bằng lời"})
    one = _nodes(svg)["a"]
    assert state in str(one.get("class")).split()
    assert [sign.get("data-state") for sign in one.iter(f"{SVG}g") if sign.get("class") == "glyph"] == [state]
    assert etree.fromstring(svg).findtext(f"{SVG}desc") == "Soạn thảo công văn: bằng lời"


def test_the_signs_of_all_states_differ() -> None:
    signs = set()
    for state in diagram.STATES:
        (sign,) = [
            path.get("d")
            for path in _nodes(diagram.render(_sample(), {"a": state}))["a"].iter(f"{SVG}path")
            if path.get("class") == "glyph-sign"
        ]
        signs.add(sign)
    assert len(signs) == len(diagram.STATES)


def test_an_unknown_state_shows_nothing_and_writes_no_class() -> None:
    one = _nodes(diagram.render(_sample(), {"a": 'x" onload="alert(1)'}))["a"]
    assert one.get("class") == "node userTask"


def test_a_badge_stands_at_its_node() -> None:
    one = _nodes(diagram.render(_sample(), badges={"a": "12"}))["a"]
    assert [
        text.text for badge in one.iter(f"{SVG}g") if badge.get("class") == "badge" for text in badge.iter(f"{SVG}text")
    ] == ["12"]


def test_it_is_one_picture_for_those_who_listen() -> None:
    root = etree.fromstring(diagram.render(_sample(), title="Sơ đồ <b>"))
    assert (root.get("role"), root.get("width")) == ("img", "100%")
    assert root.findtext(f"{SVG}title") == "Sơ đồ <b>"
    ids = str(root.get("aria-labelledby")).split()
    assert ids == [str(root.find(f"{SVG}{tag}").get("id")) for tag in ("title", "desc")]  # type: ignore[union-attr]


EVIL = "&lt;/text&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&quot;alert(1)"


def test_a_name_cannot_become_markup() -> None:
    svg = diagram.render(_sample(EVIL), {"a": "late"}, {"a": "<b>"}, '"><script>alert(1)</script>')
    root = etree.fromstring(svg)
    assert {etree.QName(one).localname for one in root.iter()} <= ALLOWED
    assert "<script" not in svg


def test_nothing_in_it_needs_more_than_a_strict_content_policy() -> None:
    root = etree.fromstring(diagram.render(_sample(EVIL), dict.fromkeys("askge", "done"), {"a": "1"}, "x"))
    for one in root.iter():
        for name, value in one.attrib.items():
            assert name not in {"style", "href"}
            assert not str(name).startswith(("on", "{"))
            assert "url(" not in str(value) or str(value) == "url(#diagram-arrow)"


@pytest.mark.parametrize("number", ["nan", "inf", "-1e300", "", "1;alert(1)", "0x10"])
def test_a_place_that_is_no_number_is_refused(number: str) -> None:
    xml = _sample().replace(b'x="100.0"', f'x="{number}"'.encode())
    with pytest.raises(Invalid, match=r"diagram\.drawing"):
        diagram.render(xml)


def test_a_diagram_without_a_drawing_says_so() -> None:
    with pytest.raises(Invalid, match=r"diagram\.drawing"):
        diagram.render(document(ends() + user("a"), "s > a; a > e"))


def test_a_drawing_may_show_what_is_not_there() -> None:
    xml = _sample().replace(b'bpmnElement="e"', b'bpmnElement="gone"')
    assert "e" not in _nodes(diagram.render(xml))


def test_lanes_lie_behind_and_edge_events_in_front() -> None:
    body = (
        ends() + user("a") + boundary("t", "a", timer("P1D")) + node("laneSet", "ls", node("lane", "l", name="Văn thư"))
    )
    svg = diagram.render(_drawn(body, {"t": (1, 1, 9, 9), "a": (0, 0, 9, 9), "l": (0, 0, 99, 99)}))
    assert list(_nodes(svg)) == ["l", "a", "t"]


def test_a_long_name_is_wrapped_into_its_box() -> None:
    name = (
        "Trình Chủ tịch Ủy ban nhân dân huyện Sơn Tịnh xem xét, cho ý kiến chỉ đạo và ký ban hành văn bản theo quy định"
    )
    rows = lettering.wrap(name, 88, 4)
    assert len(rows) == 4
    assert all(lettering.width(row) <= 88 for row in rows)
    assert rows[-1].endswith("…")


@pytest.mark.parametrize("text", ["", "  ", "x" * 400, "Ủ" * 30])
def test_any_text_fits(text: str) -> None:
    assert all(lettering.width(row) <= 60 for row in lettering.wrap(text, 60, 2))


def test_a_diagram_tells_what_it_declares() -> None:
    procedure = '<bpmn:extensionElements><eo:procedure title="Văn bản đi" key="outgoing"/></bpmn:extensionElements>'
    task = user("a", 'form="draft_document" role="specialist" deadline="3"')
    body = procedure + ends() + task + service("sign", "signature", document_id="document_id")
    told = {one.id: one for one in describe(document(body, "s > a; a > sign; sign > e"))}
    assert list(told) == ["p", "s", "e", "a", "sign"]
    assert told["p"].procedure == {"title": "Văn bản đi", "key": "outgoing"}
    assert (told["a"].task.form, told["a"].task.role, told["a"].task.deadline) == ("draft_document", "specialist", "3")  # type: ignore[union-attr]
    assert told["sign"].operation is not None
    assert (told["sign"].operation.name, told["sign"].operation.result) == ("test.sign", "signature")
    assert dict(told["sign"].operation.params) == {"document_id": "document_id"}


def test_a_document_of_several_thousand_elements_is_not_drawn() -> None:
    xml = f"{HEAD}{'<bpmn:error/>' * 20_001}</bpmn:definitions>".encode()
    with pytest.raises(Exception, match=r"diagram\.too_large"):
        diagram.render(xml)


def test_events_are_told_apart() -> None:
    kinds = ("message", "signal", "escalation", "compensate", "link", "conditional", "timer", "error")
    shapes = {f"{kind}_{side}": (50.0 * index, 0.0, 36.0, 36.0) for index, kind in enumerate(kinds) for side in "ct"}
    body = "".join(
        node("intermediateCatchEvent", f"{kind}_c", f"<bpmn:{kind}EventDefinition/>")
        + node("intermediateThrowEvent", f"{kind}_t", f"<bpmn:{kind}EventDefinition/>")
        for kind in kinds
    )
    nodes = _nodes(diagram.render(_drawn(body, shapes)))
    marks = {key: next(one for one in element.iter(f"{SVG}path")) for key, element in nodes.items()}
    assert len({mark.get("d") for key, mark in marks.items() if key.endswith("_c")}) == len(kinds)
    for kind in kinds[:5]:
        assert (marks[f"{kind}_c"].get("fill"), marks[f"{kind}_t"].get("fill")) == ("none", "currentColor")


def test_what_waits_beside_is_drawn_in_dashes() -> None:
    start = node("startEvent", "hs", "<bpmn:signalEventDefinition/>", isInterrupting="false")
    body = node("subProcess", "h", start, triggeredByEvent="true") + node("eventBasedGateway", "g")
    body += node("sendTask", "m")
    boxes = {"h": (0.0, 0.0, 100.0, 80.0), "hs": (10.0, 20.0, 36.0, 36.0), "g": (200.0, 0.0, 50.0, 50.0)}
    nodes = _nodes(diagram.render(_drawn(body, {**boxes, "m": (300.0, 0.0, 100.0, 80.0)})))
    dashed = {key for key, element in nodes.items() if any(one.get("stroke-dasharray") for one in element)}
    assert dashed == {"h", "hs"}
    assert all(list(nodes[key].iter(f"{SVG}path"))[-1].get("d") for key in ("g", "m"))
