"""A browser without a screen: one person's cookies, pages with their forms, patience while a server restarts."""

import mimetypes
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, OpenerDirector, Request, build_opener

from lxml import html

PATIENCE = 45.0
TIMEOUT = 30.0
FORM = "application/x-www-form-urlencoded"
Value = str | Sequence[str] | Path


class Lost(Exception):
    """The answer to a request that changes something never came; the caller must look what happened."""


@dataclass(frozen=True)
class Page:
    """An answer of the server."""

    status: int
    url: str
    body: bytes

    @property
    def tree(self) -> Any:
        """The page as a tree, its links absolute."""
        tree: Any = html.document_fromstring(self.body.decode("utf-8", "replace"))
        tree.make_links_absolute(self.url)
        return tree

    @property
    def text(self) -> str:
        """What can be read on the page's main part, with single spaces."""
        main = self.tree.find(".//main")
        return " ".join((self.tree if main is None else main).text_content().split())

    def links(self, prefix: str) -> list[str]:
        """Paths of links in the main part that begin so, each once, in the order of the page."""
        paths = [urlsplit(url).path for url in self.tree.xpath("//main//a/@href")]
        return list(dict.fromkeys(path for path in paths if path.startswith(prefix)))


class Costs(HTTPRedirectHandler):
    """Remembers what the server says the last redirected act cost it (`Server-Timing`)."""

    def __init__(self) -> None:
        self.latest = ""

    def redirect_request(self, req: Request, *args: Any) -> Request | None:
        """Follow, and keep the header."""
        self.latest = args[3].get("Server-Timing", "")
        return super().redirect_request(req, *args)


class Browser:
    """One signed-in person."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.costs = Costs()
        self.opener: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()), self.costs)

    def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Page:
        """Read a page; a server that is being restarted is waited for."""
        until = monotonic() + PATIENCE
        while True:
            try:
                return self._open(urljoin(self.base, path), None, headers or {})
            except (URLError, HTTPException, OSError):
                if monotonic() > until:
                    raise
                sleep(0.3)

    def submit(self, page: Page, action: str, values: Mapping[str, Value]) -> Page:
        """Fill in the form that posts to `action` and send it; a key of `values` may be a field or a button.

        Errors: Lost when the server went away before it answered, LookupError when the form lacks a field.
        """
        form = _form(page, action)
        fields = _filled(form, {name: value for name, value in values.items() if not isinstance(value, Path)})
        files = {name: value for name, value in values.items() if isinstance(value, Path)}
        body, kind = _multipart(fields, files) if files else (urlencode(fields).encode(), FORM)
        headers = {"Content-Type": kind, "Referer": page.url, "Origin": self.base}
        try:
            return self._open(form.action, body, headers)
        except (URLError, HTTPException, OSError) as silence:
            raise Lost(str(silence)) from silence

    def _open(self, url: str, body: bytes | None, headers: Mapping[str, str]) -> Page:
        if not url.startswith(f"{self.base}/"):
            raise LookupError(f"{url} leads away from {self.base}")
        request = Request(url, data=body, headers=dict(headers))  # noqa: S310 - http, as checked above
        try:
            with self.opener.open(request, timeout=TIMEOUT) as answer:
                return Page(answer.status, answer.url, answer.read())
        except HTTPError as refusal:
            return Page(refusal.code, refusal.url or request.full_url, refusal.read())


def _form(page: Page, action: str) -> Any:
    for form in page.tree.forms:
        if form.method.upper() == "POST" and (form.action or page.url).split("?")[0].endswith(action):
            form.action = form.action or page.url
            return form
    raise LookupError(f"{page.url} ({page.status}) has no form for {action}: {page.text[:200]}")


def _filled(form: Any, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The fields as a browser would send them: what the page offered, with `values` in place of some."""
    offered = {element.get("name") for element in form.xpath(".//*[@name]")}
    missing = values.keys() - offered
    if missing:
        raise LookupError(f"the form has no {sorted(missing)}; it has {sorted(offered)}")
    kept = [(name, value) for name, value in form.form_values() if name not in values]
    for name, value in values.items():
        wanted = [value] if isinstance(value, str) else list(value)
        kept += [(name, _value(form, name, one)) for one in wanted]
    return kept


def _value(form: Any, name: str, wanted: str) -> str:
    """The value behind a label: choices are picked by what a person reads."""
    for element in form.xpath(".//*[@name=$name]", name=name):
        if element.tag == "select":
            for option in element.iter("option"):
                if _reads(wanted, [option.get("value"), " ".join(option.text_content().split())]):
                    return str(option.get("value"))
        elif element.get("type") in ("checkbox", "radio") and _reads(wanted, _labels(form, element)):
            return str(element.get("value"))
    return wanted


def _reads(wanted: str, texts: Sequence[str]) -> bool:
    """Whether a choice is the one meant: its value, its label, or a label that goes on after it."""
    return any(text == wanted or text.startswith(f"{wanted} ") for text in texts)


def _labels(form: Any, element: Any) -> list[str]:
    around = list(element.iterancestors("label"))[:1]
    beside = form.xpath(".//label[@for=$id]", id=element.get("id") or "-")
    texts = [" ".join(label.text_content().split()) for label in (*around, *beside)]
    return [str(element.get("value")), *texts]


def _multipart(fields: Sequence[tuple[str, str]], files: Mapping[str, Path]) -> tuple[bytes, str]:
    edge = secrets.token_hex(16)
    parts: list[bytes] = []
    for name, value in fields:
        if name not in files:
            parts.append(f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name, path in files.items():
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        head = f'Content-Disposition: form-data; name="{name}"; filename="{path.name}"\r\nContent-Type: {kind}'
        parts.append(f"--{edge}\r\n{head}\r\n\r\n".encode() + path.read_bytes() + b"\r\n")
    return b"".join(parts) + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"
