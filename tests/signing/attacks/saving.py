"""Incremental saving: something is appended, with more or less of what a revision needs."""

from tests.signing import forging
from tests.signing.attacks.target import Attack, Target, other_page, table


def _appended(target: Target, *, xref: bool, trailer: bool, previous: str = "last", pointer: str = "new") -> bytes:
    """One more revision that replaces the content of the first page, whole or with parts left out."""
    number, data = target.page, target.data
    body = b"\n" + other_page(number)
    offset, start = len(data) + 1, len(data) + len(body)
    points = {"new": start, "old": target.start, "nought": 0, "beyond": start + 10_000}[pointer]
    back = {"last": b"/Prev %d" % target.start, "itself": b"/Prev %d" % start, "none": b""}[previous]
    tail = b"trailer\n<< /Size %d /Root %d 0 R %s >>\n" % (target.size, target.root, back)
    parts = [data, body, table(number, offset) if xref else b"", tail if trailer else b""]
    return b"".join(parts) + b"startxref\n%d\n%%%%EOF\n" % points


def _stream_revision(target: Target) -> bytes:
    """The same with its table in a stream (PDF 1.5)."""
    number, data = target.page, target.data
    body = b"\n" + other_page(number)
    start = len(data) + len(body)
    rows = (1).to_bytes(1, "big") + (len(data) + 1).to_bytes(4, "big") + b"\0"
    head = b"%d 0 obj\n<< /Type /XRef /Size %d /W [1 4 1] /Index [%d 1] /Root %d 0 R /Prev %d /Length %d >>\n"
    stream = head % (target.size, target.size + 1, number, target.root, target.start, len(rows))
    return data + body + stream + b"stream\n" + rows + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start


def _between_two_ends(target: Target) -> bytes:
    """Objects behind the end, and the old end once more behind them."""
    end = target.data[target.data.rindex(b"startxref") :]
    return target.data + other_page(target.page) + b"trailer\n<< /Root %d 0 R >>\n" % target.root + end


def _before_the_end(target: Target) -> bytes:
    """Objects put in front of the last end, which stays the last: offsets are right, bytes are not."""
    at = target.data.rindex(b"startxref")
    return target.data[:at] + other_page(target.page) + target.data[at:]


def _earlier_state(target: Target) -> bytes:
    """A part of the file thrown away: the state before the last revision."""
    return target.data[: target.data.rindex(b"%%EOF", 0, len(target.data) - 20) + 6]


ATTACKS: dict[str, Attack] = {
    "a whole revision": lambda target: _appended(target, xref=True, trailer=True),
    "no table": lambda target: _appended(target, xref=False, trailer=True),
    "no trailer": lambda target: _appended(target, xref=True, trailer=False),
    "neither": lambda target: _appended(target, xref=False, trailer=False),
    "points to the old table": lambda target: _appended(target, xref=True, trailer=True, pointer="old"),
    "neither, points to the old table": lambda target: _appended(target, xref=False, trailer=False, pointer="old"),
    "points to nought": lambda target: _appended(target, xref=True, trailer=True, pointer="nought"),
    "points beyond the end": lambda target: _appended(target, xref=False, trailer=True, pointer="beyond"),
    "goes back to itself": lambda target: _appended(target, xref=True, trailer=True, previous="itself"),
    "forgets what was before": lambda target: _appended(target, xref=True, trailer=True, previous="none"),
    "a table in a stream": _stream_revision,
    "between two ends": _between_two_ends,
    "before the end": _before_the_end,
    "without an end": lambda target: _appended(target, xref=True, trailer=True)[:-7],
    "without where to start": lambda target: target.data + other_page(target.page),
    "drawn on the page": lambda target: forging.revised(target.data, forging.paint_over),
    "other pages": lambda target: forging.revised(target.data, forging.swap_pages),
    "no list of fields": lambda target: forging.revised(target.data, forging.drop_form),
    "a title": lambda target: forging.revised(target.data, forging.retitle),
    "proofs gone": lambda target: forging.revised(target.data, forging.drop_evidence),
    "a broken revision": lambda target: forging.broken_revision(target.data),
}
