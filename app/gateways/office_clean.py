"""A copy of a text document that names nothing outside itself: LibreOffice would fetch it, be it from this disk.

Links a reader may click stay; pictures, templates, sections and fields that come from elsewhere go, and so do scripts.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from app.kernel.errors import Invalid

LARGEST_PART = 32 * 1024 * 1024
"""Bytes of markup in one part, unpacked: thousands of pages."""
_CHUNK = 1024 * 1024
_HYPERLINK = "/hyperlink"
_FETCHING = re.compile(
    r"\b(INCLUDETEXT|INCLUDEPICTURE|INCLUDE|DDE|DDEAUTO|LINK|IMPORT|DATABASE|RD|MACROBUTTON)\b", re.IGNORECASE
)
_HREF = "{http://www.w3.org/1999/xlink}href"
_INSIDE = re.compile(r"(\./)?(Pictures|Object|media|ObjectReplacements)[\w ./-]*|#.*")
_CLICKED = ("{urn:oasis:names:tc:opendocument:xmlns:text:1.0}a", "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}a")
_ACTING = (
    "dde-source",
    "dde-connection-decl",
    "dde-connection-decls",
    "event-listeners",
    "scripts",
    "script",
    "plugin",
)
_ACTING_PARTS = ("Basic/", "Scripts/", "Dialogs/", "word/vbaProject.bin", "word/vbaData.xml", "word/activeX/")


def clean(package: zipfile.ZipFile, target: Path, kind: str) -> None:
    """Write the copy; `kind` is "docx" or "odt". Errors: Invalid("office.damaged" | "office.too_costly")."""
    mend = {"docx": _mended_docx, "odt": _mended_odt}[kind]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for entry in package.infolist():
            if entry.filename.startswith(_ACTING_PARTS):
                continue
            with package.open(entry) as part:
                if entry.filename.endswith((".xml", ".rels")):
                    copy.writestr(entry.filename, _mended(part.read(LARGEST_PART + 1), entry.filename, mend))
                else:
                    with copy.open(entry.filename, "w") as written:
                        for chunk in iter(lambda part=part: part.read(_CHUNK), b""):  # type: ignore[misc]  # bytes
                            written.write(chunk)


def _mended(content: bytes, name: str, mend: Callable[[Any, str], None]) -> bytes:
    if len(content) > LARGEST_PART:
        raise Invalid("office.too_costly")
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
        root: Any = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Invalid("office.damaged") from error
    if root.getroottree().docinfo.doctype:
        raise Invalid("office.damaged")
    mend(root, name)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return written


def _mended_docx(root: Any, name: str) -> None:
    if name.endswith(".rels"):
        _remove(
            one for one in root if one.get("TargetMode") == "External" and not one.get("Type", "").endswith(_HYPERLINK)
        )
        return
    for element in root.iter(etree.Element):
        word = etree.QName(element).localname
        instruction = next((key for key in element.attrib if etree.QName(key).localname == "instr"), None)
        if word in {"instrText", "delInstrText"} and _FETCHING.search(element.text or ""):
            element.text = ""
        if instruction is not None and _FETCHING.search(element.get(instruction, "")):
            element.set(instruction, "")


def _mended_odt(root: Any, _name: str) -> None:
    _remove(one for one in root.iter(etree.Element) if etree.QName(one).localname in _ACTING)
    for element in root.iter(etree.Element):
        address = element.get(_HREF)
        if address is not None and element.tag not in _CLICKED and not _INSIDE.fullmatch(address):
            del element.attrib[_HREF]


def _remove(elements: Iterator[Any]) -> None:
    for element in list(elements):
        if element.getparent() is not None:
            element.getparent().remove(element)
