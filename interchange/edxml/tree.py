"""The XML of a stranger as a small tree, attachments aside: read in pieces, within limits, without DTD and entities."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from lxml import etree

from interchange.edxml import names
from interchange.edxml.limits import Deviations, Limits, Room
from interchange.edxml.payload import Payload
from interchange.errors import ExchangeRefused

_PIECE = 64 * 1024
_PAYLOAD = "contenttransferencoded"
_ENCODING = re.compile(rb"""\A<\?xml[^>]*?\sencoding\s*=\s*["']([^"'>]*)""")
_UTF8 = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii"})
_WIDE = (b"\xfe\xff", b"\xff\xfe", b"\x00", b"<\x00")
_REFUSED = {
    etree.ErrorTypes.ERR_UNDECLARED_ENTITY: "edxml.entity",
    etree.ErrorTypes.ERR_INVALID_ENCODING: "edxml.encoding",
}


@dataclass
class Element:
    """An element by its local name in small letters, as is the name of each attribute."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element"] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    payload: Path | None = None

    @property
    def text(self) -> str:
        """What stands in it, without the spaces around."""
        return "".join(self.parts).strip()

    def all(self, name: str) -> list["Element"]:
        """Its children of a name."""
        return [one for one in self.children if one.name == name.lower()]

    def one(self, *path: str) -> "Element":
        """What stands at the end of a path; something empty where nothing does. Errors: "edxml.element_repeated"."""
        here = self
        for name in path:
            found = here.all(name)
            if len(found) > 1:
                raise ExchangeRefused("edxml.element_repeated", what=name)
            here = found[0] if found else Element("")
        return here

    def anywhere(self, name: str) -> Iterator["Element"]:
        """Each of a name, however deep."""
        for one in self.children:
            if one.name == name.lower():
                yield one
            yield from one.anywhere(name)


def parsed(source: BinaryIO, folder: Path, limits: Limits, odd: Deviations) -> Element:
    """The root of a file; the bytes of its attachments are decoded into files of a folder.

    Errors: ExchangeRefused with a code for whatever is wrong.
    """
    with closing(_Builder(folder, limits, odd)) as builder:
        target: Any = builder
        parser = etree.XMLParser(
            target=target, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8"
        )
        try:
            for piece in _pieces(source, limits):
                builder.wait(len(piece))
                parser.feed(piece)
            parser.close()
        except etree.XMLSyntaxError as wrong:
            code = _REFUSED.get(getattr(wrong, "code", None), "edxml.malformed")
            raise ExchangeRefused(code) from wrong
        return builder.root


def _pieces(source: BinaryIO, limits: Limits) -> Iterator[bytes]:
    room = Room(limits.size)
    piece = source.read(_PIECE)
    _check_encoding(piece)
    while piece:
        room.take(len(piece))
        yield piece
        piece = source.read(_PIECE)


def _check_encoding(head: bytes) -> None:
    declared = _ENCODING.match(head.removeprefix(b"\xef\xbb\xbf"))
    if head.startswith(_WIDE) or (declared and declared[1].lower() not in _UTF8):
        raise ExchangeRefused("edxml.encoding")


class _Builder:
    """Where the parser tells what it meets; whatever it may not meet is an exception, which ends the parsing."""

    def __init__(self, folder: Path, limits: Limits, odd: Deviations) -> None:
        self._folder, self._limits, self._odd = folder, limits, odd
        self._top = Element("")
        self._path = [self._top]
        self._count = self._letters = self._texts = self._payloads = 0
        self._room = Room(limits.unpacked)
        self._payload: Payload | None = None
        self._waiting = 0

    def wait(self, size: int) -> None:
        """So many bytes come: a parser that says nothing for long keeps them all, as of a tag without an end."""
        self._waiting += size
        if self._waiting > self._limits.markup:
            raise ExchangeRefused("edxml.markup_too_long")

    @property
    def root(self) -> Element:
        """What was built."""
        return self._top.children[0]

    def start(self, tag: str, attributes: Any) -> None:
        """An element begins."""
        self._waiting = 0
        self._count += 1
        if len(self._path) > self._limits.depth:
            raise ExchangeRefused("edxml.too_deep")
        if self._count > self._limits.elements:
            raise ExchangeRefused("edxml.too_many_elements")
        if self._payload:
            raise ExchangeRefused("edxml.base64_broken")
        element = Element(self._name(tag), self._attributes(attributes))
        self._path[-1].children.append(element)
        self._path.append(element)
        self._letters = 0
        if element.name == _PAYLOAD:
            self._begin(element)

    def _begin(self, element: Element) -> None:
        self._payloads += 1
        if self._payloads > self._limits.attachments:
            raise ExchangeRefused("edxml.too_many_attachments")
        element.payload = self._folder / f"{self._payloads}.payload"
        self._payload = Payload(element.payload, self._room)

    def _attributes(self, given: Any) -> dict[str, str]:
        if len(given) > self._limits.attributes or any(len(one) > self._limits.attribute for one in given.values()):
            raise ExchangeRefused("edxml.attributes")
        return {name.rsplit("}", 1)[-1].lower(): value for name, value in given.items()}

    def _name(self, tag: str) -> str:
        """The local name in small letters, after a look at how it is written."""
        namespace, local = tag[1:].rsplit("}", 1) if tag.startswith("{") else ("", tag)
        self._look(namespace)
        small = local.lower()
        if small in names.MISSPELLED:
            self._odd.note("spelling")
            return names.MISSPELLED[small]
        if small not in names.SPELLED and namespace not in names.SOAP:
            self._odd.note("element_unknown")
        elif names.SPELLED.get(small, local) != local:
            self._odd.note("letter_case")
        return small

    def _look(self, namespace: str) -> None:
        """The parser gives no namespace to a prefix that nobody declared."""
        if namespace == names.XINCLUDE:
            raise ExchangeRefused("edxml.include")
        if namespace in names.SOAP:
            self._odd.note("soap")
        elif namespace in names.LEGACY:
            self._odd.note("namespace_legacy")
        elif namespace not in (names.NAMESPACE, names.XMLDSIG):
            self._odd.note("namespace_unknown" if namespace else "namespace_missing")

    def data(self, text: str) -> None:
        """Letters, not always all of an element's at once."""
        self._waiting = 0
        if self._payload:
            self._payload.feed(text)
            return
        self._letters += len(text)
        self._texts += len(text)
        if self._letters > self._limits.text or self._texts > self._limits.texts:
            raise ExchangeRefused("edxml.text_too_long")
        self._path[-1].parts.append(text)

    def end(self, _tag: str) -> None:
        """An element ends."""
        self._waiting = 0
        self._path.pop()
        self._letters = 0
        if self._payload:
            self._payload.finish()
            self._payload = None

    def doctype(self, *_: object) -> NoReturn:
        """A document type declaration, whatever for."""
        raise ExchangeRefused("edxml.dtd")

    def pi(self, *_: object) -> None:
        """A processing instruction, which nobody here follows."""
        self._waiting = 0
        self._odd.note("instruction")

    def comment(self, _text: str) -> None:
        """A comment, which says nothing."""
        self._waiting = 0

    def close(self) -> None:
        """No more comes, whether the end was reached or not."""
        if self._payload:
            self._payload.close()
