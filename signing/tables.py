"""Does every reader find the same objects? The cross-reference tables of a file, read once more and less kindly.

Readers pardon a table its mistakes, each in its own way: of two rows for one object some believe the first, others the
last; a row of an unknown kind is skipped or taken for an ordinary one; a table that one reader thinks broken is made
anew from every object in the bytes, listed or not. Whoever appends a revision to a signed file chooses the mistake.
"""

from __future__ import annotations

import mmap
import re
from collections import Counter
from typing import Any

from pyhanko.pdf_utils.generic import Reference, StreamObject
from pyhanko.pdf_utils.xref import XRefSectionType, read_object_header

from signing.reasons import Reason

_HEAD = re.compile(rb"xref[ \t]*(?:\r\n|\r|\n)")
_PART = re.compile(rb"(\d{1,10}) (\d{1,10}) ?(?:\r\n|\r|\n)")
_ROW, _ROW_LENGTH = re.compile(rb"\d{10} \d{5} [nf](?: \n| \r|\r\n)"), 20
_TRAILER = re.compile(rb"\s*trailer\s*")
_GAP = rb"(?:[\s\0]|%[^\r\n]{0,80}[\r\n])"
_OBJECT = re.compile(rb"(?<!\d)\d{1,10}" + _GAP + rb"{1,80}\d{1,10}" + _GAP + rb"{0,80}obj(?![a-zA-Z])")
"""As it is looked for by those who make a table anew: with whatever may stand between its words."""


def told(reader: Any, signed: int | None) -> tuple[Reason, ...]:
    """READERS_DISAGREE or FILE_IRREGULAR, or both; `signed` is where the first signed revision ends, None without one.

    What stands before the first signature is there by the will of whoever wrote the file, tidy or not; behind it every
    object has to be listed. Errors: those of a reader that meets a broken table.
    """
    sections = [_section(reader, number) for number in range(reader.xrefs.total_revisions)]
    reasons = [] if all(map(_is_tidy, sections)) else [Reason.FILE_IRREGULAR]
    if signed is not None and not (_lists_everything(reader, sections, signed) and _keeps_numbers(sections)):
        reasons.append(Reason.READERS_DISAGREE)
    return tuple(reasons)


class _Section:
    """One table: its rows as pyHanko understood them, and how many there are."""

    def __init__(self, about: Any, rows: Any, counted: int) -> None:
        self.about, self.rows, self.counted = about, rows, counted
        self.numbers = rows.standard_xrefs.keys() | rows.xrefs_in_objstm.keys() | rows.freed.keys()


def _section(reader: Any, number: int) -> _Section:
    about, rows = reader.xrefs.get_xref_container_info(number), reader.xrefs.get_xref_data(number)
    is_stream = about.xref_section_type is XRefSectionType.STREAM
    return _Section(about, rows, _listed_in_stream(reader, about) if is_stream else _listed_in_table(reader, about))


def _is_tidy(section: _Section) -> bool:
    """Whether each row says something that everybody understands, of an object of its own."""
    return section.counted == len(section.numbers)


def _listed_in_table(reader: Any, about: Any) -> int:
    """The rows of a table but for object 0; -1 when they do not stand as they must (ISO 32000-2, 7.5.4)."""
    begin = about.start_location - len(b"xref ")
    reader.stream.seek(begin)
    data = reader.stream.read(about.end_location - begin)
    head = _HEAD.match(data)
    at, listed = head.end() if head else len(data), 0
    while part := _PART.match(data, at):
        first, count = int(part[1]), int(part[2])
        at = part.end() + count * _ROW_LENGTH
        rows = range(part.end(), min(at, len(data)), _ROW_LENGTH)
        if first + count > about.size or not all(_ROW.match(data, row) for row in rows):
            return -1
        listed += count - (first == 0 < count)
    return listed if _TRAILER.fullmatch(data, at) else -1


def _listed_in_stream(reader: Any, about: Any) -> int:
    reader.stream.seek(about.start_location)
    read_object_header(reader.stream, strict=True)
    held = StreamObject.read_from_stream(reader.stream, about.stream_ref)
    index = [int(number) for number in held.get("/Index", [0, about.size])]
    pairs = list(zip(index[::2], index[1::2], strict=True))
    if any(first + count > about.size for first, count in pairs):
        return -1
    return sum(count - (first == 0 < count) for first, count in pairs)


def _keeps_numbers(sections: list[_Section]) -> bool:
    """Whether no table in a stream goes by the number of an object that was there before."""
    known: set[int] = set()
    for section in sections:
        own = section.about.stream_ref
        if own is not None and own.idnum in known:
            return False
        known |= section.numbers
    return True


def _lists_everything(reader: Any, sections: list[_Section], signed: int) -> bool:
    """Whether the objects behind the first signature are those of the tables, in streams of objects, too."""
    later = [section for section in sections if section.about.start_location >= signed]
    listed = {offset for section in later for _, offset in section.rows.standard_xrefs.values()}
    listed |= {section.about.start_location for section in later if section.about.stream_ref is not None}
    return listed >= _objects(reader.stream, signed) and all(_fills_streams(reader, section) for section in later)


def _objects(stream: Any, begin: int) -> set[int]:
    with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return {found.start() for found in _OBJECT.finditer(data, begin)}


def _fills_streams(reader: Any, section: _Section) -> bool:
    held = Counter(place.obj_stream_id for place in section.rows.xrefs_in_objstm.values())
    return all(int(reader.get_object(Reference(number, 0, reader))["/N"]) == count for number, count in held.items())
