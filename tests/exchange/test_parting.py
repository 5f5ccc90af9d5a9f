"""A JSON answer that no memory should hold: the one large text goes into a file, whatever stands around it."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tracemalloc import get_traced_memory, reset_peak, start, stop
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Response

from app.gateways.transports import lgsp
from app.gateways.transports.lgsp import LgspWire
from interchange import parting
from interchange.errors import ExchangeRefused, ExchangeUnavailable
from interchange.http import Site
from tests.serving import served

MB = 2**20
TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\/\b\n𠀀ệ'))
VALUES = st.recursive(TEXTS | st.integers() | st.none(), lambda one: st.lists(one) | st.dictionaries(TEXTS, one))


class _Dripping(BytesIO):
    """Gives a few bytes at a time, so that everything is cut somewhere."""

    def read(self, _size: int | None = -1, /) -> bytes:
        """The next three."""
        return super().read(3)


@given(TEXTS, st.dictionaries(TEXTS, VALUES), st.booleans())
def test_any_object_is_parted_wherever_it_is_cut(text: str, others: dict[str, Any], is_ascii: bool) -> None:
    whole = {**others, "inner": {"edxml": "x"}, "edxml": text, "after": ["edxml", text]}
    into = BytesIO()
    written = json.dumps(whole, ensure_ascii=is_ascii).encode()
    assert json.loads(parting.parted(_Dripping(written), "edxml", into)) == {**whole, "edxml": ""}
    assert into.getvalue().decode() == text


@pytest.mark.parametrize(
    "wrong",
    [
        b'{"edxml": "',
        b'{"edxml": "\\',
        b'{"edxml": "\\u12',
        b'{"edxml": "\\ud800"}',
        b'{"edxml": "\\udc00"}',
        b'{"edxml": "\\x"}',
        b'{"edxml": "\n"}',
        b'{"edxml": "\xff"}',
        b'{"edxml": "\xe1\xbb"}',
    ],
)
def test_a_text_that_is_none_is_refused(wrong: bytes) -> None:
    with pytest.raises(ExchangeUnavailable, match=r"peer\.nonsense"):
        parting.parted(BytesIO(wrong + b" " * 20), "edxml", BytesIO())


def test_what_is_told_has_a_limit_and_large_texts_are_not_among_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parting, "MOST", MB)
    assert parting.parted(BytesIO(b'{"a": "' + b"x" * 10 * MB + b'"}'), "edxml", BytesIO()) == b'{"a": ""}'
    with pytest.raises(ExchangeUnavailable, match=r"peer\.too_much"):
        parting.parted(BytesIO(b"[" + b'"",' * MB), "edxml", BytesIO())


class _Gateway:
    """A gateway that has one message."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """A token, or the message."""
        is_login = environ["PATH_INFO"].endswith("login")
        body = [b'{"success": true, "data": {"token": "t"}}'] if is_login else self._pieces
        return Response(body, mimetype="application/json")(environ, start_response)


def _fetched(folder: Path, *pieces: bytes) -> Path:
    with served(_Gateway(*pieces)) as port:
        LgspWire(Site(f"http://127.0.0.1:{port}"), "a", "b").fetch("1", folder / "letter.edxml")
    assert [one.name for one in folder.iterdir()] == ["letter.edxml"]
    return folder / "letter.edxml"


@pytest.fixture
def measured() -> Iterator[None]:
    """Memory of Python is counted."""
    start()
    yield
    stop()


def test_a_message_of_sixty_megabytes_comes_through_a_gateway_in_a_few(measured: None, tmp_path: Path) -> None:
    files = (b"QUJD" * (MB // 4),) * 60
    around = (b'{"success": true, "attachments": [{"fileContent": "', *files, b'"}], "edxml": "<a b=\\"\\u1ec7\\">')
    reset_peak()
    found = _fetched(tmp_path, *around, *files, b'</a>", "message": ""}')
    assert get_traced_memory()[1] < 12 * MB
    assert found.stat().st_size == 60 * MB + len('<a b="ệ"></a>'.encode())


def test_a_message_may_come_in_base64_and_what_is_neither_is_refused_by_name(tmp_path: Path) -> None:
    assert _fetched(tmp_path, b'{"success": true, "edxml": "PGEvPg=="}').read_bytes() == b"<a/>"
    for number, (body, kind, code) in enumerate(
        (
            (b'{"success": true, "edxml": "PGEvPg=!"}', ExchangeRefused, "edxml.base64_broken"),
            (b'{"success": true, "edxml": ""}', ExchangeUnavailable, "peer.nonsense"),
            (b'{"success": true, "edxml": 7}', ExchangeUnavailable, "peer.nonsense"),
            (b'{"success": false, "errorCode": "10"}', ExchangeRefused, "axis.file"),
            (b'[{"edxml": "<a/>"}]', ExchangeUnavailable, "peer.nonsense"),
        )
    ):
        (tmp_path / f"{number}").mkdir()
        with pytest.raises(kind, match=code):
            _fetched(tmp_path / f"{number}", body)
    assert lgsp.LARGEST > 1024 * MB
