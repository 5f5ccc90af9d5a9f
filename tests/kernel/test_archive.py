"""Archives: the same files are the same bytes, and what was made to do harm is refused by name."""

import stat
import tomllib
import zipfile
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from app.kernel import archive, plaintoml
from app.kernel.errors import Invalid, OfficeError, TooLarge

FILES = {"processes/common/a/manifest.toml": b"", "forms/b/schema.json": '{"title": "Đơn"}'.encode()}
TEXT = some.text(some.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
LEAF = some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUE = some.recursive(LEAF, lambda one: some.lists(one, max_size=3) | some.dictionaries(TEXT, one, max_size=3))


def _zip(*entries: tuple[str | zipfile.ZipInfo, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    into = BytesIO()
    with zipfile.ZipFile(into, "w", how) as made:
        for name, content in entries:
            made.writestr(name, content)
    return into.getvalue()


def _link() -> bytes:
    entry = zipfile.ZipInfo("forms/a")
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return _zip((entry, b"/etc/passwd"))


def _locked() -> bytes:
    """The flag of a password, in the entry and in the directory."""
    whole = bytearray(_zip(("a", b"a"), how=zipfile.ZIP_STORED))
    whole[6] |= 1
    whole[whole.index(b"PK\x01\x02") + 8] |= 1
    return bytes(whole)


def _lying() -> bytes:
    """A file that says it is shorter than it unfolds."""
    whole = _zip(("a", b"0" * 5000))
    return whole.replace((5000).to_bytes(4, "little"), (50).to_bytes(4, "little"))


HOSTILE = {
    "nothing": (b"", "archive.broken"),
    "half": (_zip(("a", b"a" * 900))[:60], "archive.broken"),
    "out": (_zip(("../../etc/passwd", b"")), "archive.path"),
    "absolute": (_zip(("/etc/passwd", b"")), "archive.path"),
    "backslash": (_zip(("..\\a", b"")), "archive.path"),
    "drive": (_zip(("c:a", b"")), "archive.path"),
    "deep": (_zip(("a/" * 9 + "b", b"")), "archive.path"),
    "link": (_link(), "archive.link"),
    "capitals": (_zip(("a", b""), ("A", b"")), "archive.twice"),
    "marks": (_zip(("\u00e9", b""), ("e\u0301", b"")), "archive.twice"),
    "crowd": (_zip(*((f"a{number}", b"") for number in range(10_000))), "archive.too_many"),
    "bomb": (_zip(("a", bytes(3_000_000))), "archive.bomb"),
    "locked": (_locked(), "archive.locked"),
    "nested": (_zip(("inner.zip", b"")), "archive.nested"),
    "hidden": (_zip(("inner", _zip(("a", b"")))), "archive.nested"),
    "lying": (_lying(), "archive.broken"),
    "file": (_zip(("a", b"01" * 2_100_000), how=zipfile.ZIP_STORED), "archive.unfolds"),
    "large": (bytes(archive.MAX_BYTES + 1), "archive.too_large"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", HOSTILE)
def test_an_archive_that_was_made_to_do_harm_is_refused_by_name(name: str) -> None:
    content, code = HOSTILE[name]
    with pytest.raises(OfficeError) as refusal:
        archive.unpacked(content)
    assert refusal.value.code == code
    assert isinstance(refusal.value, Invalid | TooLarge)


def test_the_same_files_are_the_same_bytes_in_any_order_and_come_back() -> None:
    turned = dict(reversed(FILES.items()))
    assert archive.packed(FILES) == archive.packed(turned)
    assert archive.unpacked(archive.packed(FILES)) == FILES


@given(some.dictionaries(TEXT, VALUE, max_size=4))
@settings(max_examples=150, deadline=None)
def test_a_value_written_as_toml_with_what_toml_cannot_say_beside_it_is_itself_again(value: dict[str, Any]) -> None:
    said, rest = plaintoml.sayable(value)
    assert plaintoml.joined(tomllib.loads(plaintoml.written(said)), rest) == value
