"""Hexadecimal strings: read by the block as digit by digit, and a file that breaks off in one ends."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfStreamError

from signing import hexstrings

SPACES = st.sampled_from([b"", b" ", b"\n", b"\r\n", b"\t", b"\0", b"\f"])


@given(st.binary(max_size=20_000), st.lists(SPACES, min_size=1, max_size=5), st.booleans(), st.binary(max_size=20))
def test_a_string_is_read_whole_and_the_stream_goes_on_behind_it(
    content: bytes, spaces: list[bytes], odd: bool, rest: bytes
) -> None:
    digits = content.hex().encode() + (b"A" if odd else b"")
    cuts = range(0, len(digits), max(len(digits) // 7, 1))
    spaced = b"".join(digits[at : at + cuts.step] + spaces[at % len(spaces)] for at in cuts)
    stream = io.BytesIO(b"<" + spaced + b">" + rest)

    found = hexstrings.read(stream)

    assert found.original_bytes == content + (b"\xa0" if odd else b"")
    assert stream.read() == rest


@pytest.mark.parametrize("broken", [b"<", b"<00", b"<00zz>", b"<00<11>>", b"<0(0>"])
def test_what_is_no_string_is_refused_and_never_read_for_ever(broken: bytes) -> None:
    with pytest.raises(PdfStreamError):
        hexstrings.read(io.BytesIO(broken))


def test_the_library_reads_them_so_once_verdicts_are_given() -> None:
    from signing import validation  # noqa: PLC0415  # what it brings about is what is asked

    assert validation.DEFAULT
    assert generic.read_hex_string_from_stream is hexstrings.read
