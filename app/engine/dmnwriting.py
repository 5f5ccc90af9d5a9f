"""Writing a decision table back into its document: what stands beside the table stays there."""

from collections.abc import Iterator
from copy import deepcopy

from lxml import etree

from app.engine.dmn import kind_of, parts, text_in
from app.engine.sheets import INPUT, OUTPUT, Field, Line, Sheet, id_of, note_of, root_of, table_of
from app.engine.xml import local, space
from app.kernel.errors import Invalid
from app.kernel.text import is_readable

MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def written(sheet: Sheet, onto: bytes = b"", key: str = "decision") -> bytes:
    """The document of a table; everything else that stands in the document it is written `onto` stays there.

    Invalid "table.text" for a text that no document can hold.
    """
    texts = [sheet.name, *(text for one in sheet.fields for text in vars(one).values())]
    texts += [text for one in sheet.lines for text in (one.note, *one.cells)]
    wrong = next((text for text in texts if not is_readable(text)), None)
    if wrong is not None:
        raise Invalid("table.text", text=wrong[:60])
    root = root_of(onto) if onto else _new(key)
    table = table_of(root)
    parts(root, "decision")[0].set("name", sheet.name or key)
    _set_policy(table, sheet.policy)
    before = _by_id(table)
    rest = [child for child in table if local(child) not in {INPUT, OUTPUT, "rule"}]
    head = [child for child in rest if local(child) != "annotation"]
    columns = [_write_field(one, before.get(one.id), table) for one in sheet.fields]
    rows = [_write_line(one, before.get(one.id), table, len(sheet.of(INPUT))) for one in sheet.lines]
    for child in list(table):
        table.remove(child)
    table.extend([*head, *columns, *(child for child in rest if child not in head), *rows])
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _new(key: str) -> etree._Element:
    root = etree.fromstring(f'<definitions xmlns="{MODEL}"/>')
    root.attrib.update({"id": f"{key}_definitions", "name": key, "namespace": "urn:eoffice:procedures"})
    decision = etree.SubElement(root, f"{{{MODEL}}}decision", id=key, name=key)
    etree.SubElement(decision, f"{{{MODEL}}}decisionTable", id=f"{key}_table")
    return root


def _by_id(table: etree._Element) -> dict[str, etree._Element]:
    """The rows and columns by the ids that `opened` gave them."""
    taken: set[str] = set()
    named = [(one, f"{name}_{at}") for name in (INPUT, OUTPUT, "rule") for at, one in enumerate(parts(table, name), 1)]
    return {id_of(one, otherwise, taken): one for one, otherwise in named}


def _set_policy(table: etree._Element, policy: str) -> None:
    hit, aggregation = (policy, "") if not policy.startswith("COLLECT ") else policy.split(" ", 1)
    table.attrib.pop("aggregation", "")
    table.set("hitPolicy", hit)
    if aggregation:
        table.set("aggregation", aggregation)


def _write_field(one: Field, before: etree._Element | None, table: etree._Element) -> etree._Element:
    made = _element(table, one.part, one.id, before)
    if one.label or made.get("label"):
        made.set("label", one.label)
    if one.part == INPUT:
        _put(made, "inputExpression", one.text, at=0)
        _set_kind(parts(made, "inputExpression")[0], one.kind)
        _put(made, "inputValues", one.allowed, keep=False)
    else:
        made.set("name", one.text)
        _set_kind(made, one.kind)
        _put(made, "outputValues", one.allowed, keep=False)
        _put(made, "defaultOutputEntry", one.default, keep=False)
    return made


def _write_line(one: Line, before: etree._Element | None, table: etree._Element, inputs: int) -> etree._Element:
    made = _element(table, "rule", one.id, before)
    if not _same_note(made, one.note):
        _describe(made, one.note)
    for name in ("inputEntry", "outputEntry"):
        for entry in parts(made, name):
            made.remove(entry)
    entries = list(_entries(one, made, before, inputs))
    at = sum(local(child) in {"description", "extensionElements"} for child in made)
    made[at:at] = entries
    return made


def _entries(one: Line, made: etree._Element, before: etree._Element | None, inputs: int) -> Iterator[etree._Element]:
    """The cells of a row; one that says what a cell there said before is that cell, with all that stands in it."""
    old = [] if before is None else [*parts(before, "inputEntry"), *parts(before, "outputEntry")]
    for place, text in enumerate(one.cells):
        name = "inputEntry" if place < inputs else "outputEntry"
        same = next((cell for cell in old if local(cell) == name and text_in(cell) == text), None)
        if same is not None:
            old.remove(same)
            yield deepcopy(same)
        else:
            cell = etree.Element(f"{{{space(made)}}}{name}")
            etree.SubElement(cell, f"{{{space(made)}}}text").text = text
            yield cell


def _element(table: etree._Element, name: str, key: str, before: etree._Element | None) -> etree._Element:
    """A row or column with everything that it had."""
    made = etree.Element(f"{{{space(table)}}}{name}") if before is None else deepcopy(before)
    made.set("id", key)
    made.tail = None
    return made


def _put(element: etree._Element, name: str, text: str, *, at: int | None = None, keep: bool = True) -> None:
    """Write a text into a child, made when it is missing; a child with nothing in it goes unless it is kept."""
    found = next(iter(parts(element, name)), None)
    if found is None and (text or keep):
        found = etree.Element(f"{{{space(element)}}}{name}")
        element.insert(len(element) if at is None else at, found)
    if found is None or (text and text_in(found) == text):
        return
    if not text and not keep:
        element.remove(found)
        return
    for child in parts(found, "text"):
        found.remove(child)
    etree.SubElement(found, f"{{{space(element)}}}text").text = text


def _set_kind(element: etree._Element, kind: str) -> None:
    if kind_of(element) == kind:
        return
    element.attrib.pop("typeRef", "")
    if kind != "any":
        element.set("typeRef", kind)


def _same_note(element: etree._Element, note: str) -> bool:
    return note_of(element, "description").strip() == note


def _describe(element: etree._Element, note: str) -> None:
    found = next(iter(parts(element, "description")), None)
    if found is None:
        found = etree.Element(f"{{{space(element)}}}description")
        element.insert(0, found)
    found.text = note
