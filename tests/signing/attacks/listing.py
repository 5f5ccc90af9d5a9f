"""Listing: harmless revisions (one more certificate for the archive) whose tables readers understand differently."""

import io
import re
from collections.abc import Callable

import pikepdf

from tests.signing.attacks.target import Attack, Target, other_page

Rows = list[tuple[int, int]]
_ROW = b"%d 1\n%010d 00000 n \n"


class Revision:
    """What a file gets: the certificate, and in its shadow a page of somebody else's that no row names."""

    def __init__(self, target: Target) -> None:
        self.target, self.data = target, bytearray(target.data)
        with pikepdf.open(io.BytesIO(target.data)) as pdf:
            self.free = int(pdf.trailer.Size)
            store = pdf.Root.DSS.unparse(resolved=True) if "/DSS" in pdf.Root else b"<< /Certs [ ] >>"
            self.catalogue = re.sub(rb"/DSS \d+ 0 R ", b"", pdf.Root.unparse(resolved=True))
        proof = target.profile.trust.roots[0].dump()
        store = store.replace(b"/Certs [", b"/Certs [ %d 0 R" % self.free)
        kept = self.catalogue[:-2] + b"/DSS %d 0 R >>" % (self.free + 1)
        self.rows: Rows = [
            (target.root, self.add(target.root, kept)),
            (self.free, self.add(self.free, b"<< /Length %d >>\nstream\n%s\nendstream" % (len(proof), proof))),
            (self.free + 1, self.add(self.free + 1, store)),
        ]
        self.shadow = len(self.data)
        self.data += other_page(target.page)

    def add(self, number: int, body: bytes) -> int:
        """One more object; where it stands."""
        at = len(self.data)
        self.data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        return at

    def table(self, rows: bytes | None = None, *, more: bytes = b"") -> bytes:
        """The file with an ordinary table, as far as its rows are ordinary."""
        start = len(self.data)
        about = (self.free + 2, self.target.root, self.target.start)
        self.data += b"xref\n" + (rows or b"".join(_ROW % row for row in self.rows)) + more
        self.data += b"trailer\n<< /Size %d /Root %d 0 R /Prev %d >>\n" % about
        return bytes(self.data) + b"startxref\n%d\n%%%%EOF\n" % start

    def stream(self, *more: tuple[int, int, int], number: int = 0, widths: tuple[int, int] = (1, 4)) -> bytes:
        """The file with its table in a stream; `more` are rows of a number, a kind and an offset."""
        start, own = len(self.data), number or self.free + 2
        rows = [*((one, 1, at) for one, at in self.rows), *more, *([] if number else [(own, 1, start)])]
        rows.sort()
        index = b" ".join(b"%d 1" % one for one, _, _ in rows)
        data = b"".join(kind.to_bytes(widths[0], "big") + at.to_bytes(widths[1], "big") for _, kind, at in rows)
        head = b"<< /Type /XRef /Size %d /W [%d %d 0] /Index [%s] /Root %d 0 R /Prev %d /Length %d >>\nstream\n%s"
        size = self.free + (2 if number else 3)
        self.add(
            own, head % (size, *widths, index, self.target.root, self.target.start, len(data), data + b"\nendstream")
        )
        return bytes(self.data) + b"startxref\n%d\n%%%%EOF\n" % start


def _two_catalogues(revision: Revision) -> bytes:
    """Two rows for the catalogue: with the first, an empty page of somebody else's."""
    number, tree, page = revision.target.root, revision.free + 2, revision.free + 3
    other = re.sub(rb"/Pages \d+ 0 R", b"/Pages %d 0 R" % tree, revision.catalogue)
    first = (number, revision.add(number, other))
    leaf = b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] >>" % tree
    revision.rows += [
        (tree, revision.add(tree, b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % page)),
        (page, revision.add(page, leaf)),
    ]
    revision.free += 2
    return revision.table(b"".join(_ROW % row for row in [first, *revision.rows]))


def _rows(end: bytes) -> Callable[[Revision], bytes]:
    """Rows of another length than twenty bytes."""
    return lambda one: one.table(b"".join(b"%d 1\n%010d 00000 n" % row + end for row in one.rows))


def _in_a_stream_of_objects(revision: Revision) -> bytes:
    """A stream of two objects, one of them listed."""
    inside = b"%d 0 %d 5 null null" % (revision.free + 2, revision.target.page)
    head = b"<< /Type /ObjStm /N 2 /First %d /Length %d >>\nstream\n%s\nendstream"
    holder = revision.free + 3
    revision.rows.append((holder, revision.add(holder, head % (len(inside) - 9, len(inside), inside))))
    revision.free += 2
    return revision.stream((revision.free, 2, holder))


def _with(trick: Callable[[Revision], bytes]) -> Attack:
    return lambda target: trick(Revision(target))


def honest(target: Target) -> tuple[bytes, bytes]:
    """The same revision with nothing wrong in it, its table written in both ways."""
    kinds = Revision(target), Revision(target)
    for one in kinds:
        del one.data[one.shadow :]
    return kinds[0].table(), kinds[1].stream()


ATTACKS: dict[str, Attack] = {
    "an object that no row names": _with(lambda one: one.table()),
    "an object that no row names, in a stream": _with(lambda one: one.stream()),
    "a row of an unknown kind": _with(lambda one: one.stream((one.target.page, 7, one.shadow))),
    "two catalogues": _with(_two_catalogues),
    "short rows": _with(_rows(b"\n")),
    "long rows": _with(_rows(b" \r\n")),
    "wide rows": _with(lambda one: one.stream(widths=(4, 4))),
    "rows far away": _with(lambda one: one.table(more=b"99999999 0\n")),
    "a table by the number of a page": _with(lambda one: one.stream(number=one.target.page)),
    "half a stream of objects": _with(_in_a_stream_of_objects),
}
