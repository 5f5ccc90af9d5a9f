"""Static files: named by their content, so a browser may keep them for a year."""

import gzip
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from flask import Flask, Response, request, url_for

FOLDER = Path(__file__).parent / "static"
YEAR = "public, max-age=31536000, immutable"
SMALL = 700
FOUND = frozenset({HTTPStatus.OK, HTTPStatus.NOT_MODIFIED})
TEXT = frozenset({"text/html", "text/css", "text/javascript", "image/svg+xml", "application/json"})


def init_app(app: Flask) -> None:
    """Let templates name files, keep named files for long, and send text compressed."""
    app.jinja_env.globals.update(asset=asset)
    app.after_request(_finish)


def asset(name: str) -> str:
    """The address of a static file, with the name of its content."""
    return url_for("static", filename=name, v=fingerprint(name))


@cache
def fingerprint(name: str) -> str:
    """Twelve hexadecimal digits that change with the content."""
    return sha256((FOLDER / name).read_bytes()).hexdigest()[:12]


@cache
def _packed(name: str, _version: str) -> bytes:
    return gzip.compress((FOLDER / name).read_bytes(), 9, mtime=0)


def _finish(response: Response) -> Response:
    """Long keeping for a file asked for by its content; small lines for slow lines.

    Pages hold no secret that a compressed length could leak: session cookies are SameSite=Lax, so another site cannot
    make a browser fetch a page again and again in someone's name, and the CSRF token is signed anew with each page.
    """
    name = str((request.view_args or {}).get("filename", "")) if request.endpoint == "static" else ""
    if name and response.status_code not in FOUND:
        response.headers["Cache-Control"] = "no-store"
    elif name and request.args.get("v") == fingerprint(name):
        response.headers["Cache-Control"] = YEAR
    if (
        response.mimetype not in TEXT
        or response.status_code != HTTPStatus.OK
        or response.headers.get("Content-Encoding")
    ):
        return response
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings["gzip"] or "Range" in request.headers:
        return response
    if name:
        return _replace(response, _packed(name, fingerprint(name)))
    if response.is_streamed or (response.content_length or 0) < SMALL:
        return response
    return _replace(response, gzip.compress(response.get_data(), 5))


def _replace(response: Response, body: bytes) -> Response:
    response.close()  # the file it would have read
    response.direct_passthrough = False
    response.set_data(body)
    response.headers["Content-Encoding"] = "gzip"
    etag = response.headers.get("ETag")
    if etag:
        response.headers["ETag"] = etag[:-1] + '-gzip"' if etag.endswith('"') else etag
    return response
