"""A decision table as people write it (bảng quyết định): every cell a text, right or wrong."""

import re
from dataclasses import dataclass
from itertools import chain, count

from lxml import etree

from app.engine import dmn
from app.engine.dmn import kind_of, parts, text_in
from app.engine.xml import detach, document, local, space
from app.kernel.errors import Invalid

INPUT, OUTPUT = "input", "output"
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,79}")


@dataclass(frozen=True)
class Field:
    """A column: `text` is the expression of an input or the name of an output; `default` is only an output's."""

    id: str
    part: str
    text: str
    label: str = ""
    kind: str = "any"
    allowed: str = ""
    default: str = ""

    @property
    def title(self) -> str:
        """What the column is called."""
        return self.label or self.text


@dataclass(frozen=True)
class Line:
    """A row: a text for each column, and what somebody noted beside it."""

    id: str
    cells: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Sheet:
    """A whole table: inputs first, then outputs."""

    fields: tuple[Field, ...]
    lines: tuple[Line, ...]
    policy: str = "UNIQUE"
    name: str = ""

    def of(self, part: str) -> tuple[Field, ...]:
        """The inputs, or the outputs."""
        return tuple(one for one in self.fields if one.part == part)

    def fresh(self, prefix: str) -> str:
        """A name that no row or column has yet."""
        known = {one.id for one in self.fields} | {one.id for one in self.lines}
        return next(name for number in range(1, len(known) + 2) if (name := f"{prefix}_{number}") not in known)


def blank(name: str) -> Sheet:
    """A table to begin with: one column of each part, one row."""
    fields = (Field("input_1", INPUT, ""), Field("output_1", OUTPUT, "result", kind="string"))
    return Sheet(fields, (Line("rule_1", ("-", "")),), name=name)


def opened(xml: bytes) -> Sheet:
    """The table of a document, whatever stands in its cells.

    Invalid "decision.not_dmn", "decision.not_one", "diagram.*", or "table.entries" for a row that has more cells than
    the table has columns.
    """
    root = root_of(xml)
    table = table_of(root)
    taken: set[str] = set()
    fields = [
        *(_input(one, id_of(one, f"input_{at}", taken)) for at, one in enumerate(parts(table, INPUT), 1)),
        *(_output(one, id_of(one, f"output_{at}", taken), at) for at, one in enumerate(parts(table, OUTPUT), 1)),
    ]
    widths = tuple(sum(one.part == part for one in fields) for part in (INPUT, OUTPUT))
    lines = [_line(one, id_of(one, f"rule_{at}", taken), widths, at) for at, one in enumerate(parts(table, "rule"), 1)]
    policy = " ".join(filter(None, [table.get("hitPolicy", "UNIQUE"), table.get("aggregation")]))
    return Sheet(tuple(fields), tuple(lines), policy, parts(root, "decision")[0].get("name", ""))


def strange(xml: bytes) -> list[dmn.Foreign]:
    """What stands in a document that the engine does not know: it is kept, and such a table is not published."""
    root = root_of(xml)
    return list(dmn.foreign(root, space(root)))


def purged(xml: bytes) -> bytes:
    """A document without what the engine does not know."""
    root = root_of(xml)
    for one in list(dmn.foreign(root, space(root))):
        if one.attribute:
            del one.element.attrib[one.attribute]
        else:
            detach(one.element)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def root_of(xml: bytes) -> etree._Element:
    """The root of a document in DMN; Invalid "decision.not_dmn", "diagram.*"."""
    root = document(xml)
    if local(root) != "definitions" or space(root) not in dmn.SPACES:
        raise Invalid("decision.not_dmn")
    return root


def table_of(root: etree._Element) -> etree._Element:
    """The only decision table of a document; Invalid "decision.not_one"."""
    decisions = parts(root, "decision")
    tables = [table for one in decisions for table in parts(one, "decisionTable")]
    if len(decisions) != 1 or len(tables) != 1:
        raise Invalid("decision.not_one")
    return tables[0]


def id_of(element: etree._Element, otherwise: str, taken: set[str]) -> str:
    """The id of a row or column, or another when it has none that can be told from the others."""
    more = (f"{otherwise}_{at}" for at in count(2))
    names = chain((element.get("id", ""), otherwise), more)
    name = next(one for one in names if _ID.fullmatch(one) and one not in taken)
    taken.add(name)
    return name


def _input(element: etree._Element, key: str) -> Field:
    expression = next(iter(parts(element, "inputExpression")), None)
    text, kind = ("", "any") if expression is None else (text_in(expression), kind_of(expression))
    return Field(key, INPUT, text, element.get("label", ""), kind, _first(element, "inputValues"))


def _output(element: etree._Element, key: str, at: int) -> Field:
    values, default = _first(element, "outputValues"), _first(element, "defaultOutputEntry")
    name = element.get("name") or f"output_{at}"
    return Field(key, OUTPUT, name, element.get("label", ""), kind_of(element), values, default)


def _line(element: etree._Element, key: str, widths: tuple[int, ...], number: int) -> Line:
    cells: list[str] = []
    for name, width in zip(("inputEntry", "outputEntry"), widths, strict=True):
        given = [text_in(entry) for entry in parts(element, name)]
        if len(given) > width:
            raise Invalid("table.entries", rule=number)
        cells += given + [""] * (width - len(given))
    return Line(key, tuple(cells), (note_of(element, "description") or "").strip())


def note_of(element: etree._Element, name: str) -> str:
    """What is noted beside a row: its description, else its first annotation."""
    found = next((one.text or "" for one in parts(element, name)), "")
    return found or next((text_in(one) for one in parts(element, "annotationEntry")), "")


def _first(element: etree._Element, name: str) -> str:
    return next((text_in(one) for one in parts(element, name)), "")
