"""How every resource takes requests and is described: one place, so that the description and the answers agree."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Request, Response, request
from flask_smorest import Api, Blueprint
from marshmallow import Schema, fields
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from app.api import jsontext

PROBLEM = "application/problem+json"
FORM = "multipart/form-data"


class Problem(Schema):
    """A failure, as RFC 9457 says it."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "Stable key of what went wrong"})
    detail = fields.String(required=True, metadata={"description": "The same for people, in their language"})
    errors = fields.Dict(metadata={"description": "What is wrong with each field"})


class Reader(FlaskParser):
    """Reads bodies: strictly, and only what says that it is what we take."""

    def _raw_load_json(self, req: Request) -> Any:
        data = req.get_data()
        if data and not req.is_json:
            raise UnsupportedMediaType
        return jsontext.read(data)

    def load_files(self, req: Request, schema: Schema) -> Any:
        """The files of a form."""
        if req.mimetype != FORM:
            raise UnsupportedMediaType
        return super().load_files(req, schema)


class Resources(Blueprint):  # type: ignore[misc]
    """A blueprint whose addresses are the same with and without a slash: no redirect, so no foreign host in one."""

    ARGUMENTS_PARSER = Reader()

    def add_url_rule(self, rule: str, *arguments: Any, **options: Any) -> None:
        """One address."""
        super().add_url_rule(rule, *arguments, **{"strict_slashes": False, **options})


class Description(Api):  # type: ignore[misc]
    """The OpenAPI file, with failures as they are really answered (see `app.web.errors`)."""

    def _register_responses(self) -> None:
        content = {PROBLEM: {"schema": Problem}}
        named = {status.name: status.phrase for status in HTTPStatus if status >= HTTPStatus.BAD_REQUEST}
        for name, phrase in {**named, self.DEFAULT_ERROR_RESPONSE_NAME: "Every failure"}.items():
            self.spec.components.response(name, {"description": phrase, "content": dict(content)}, lazy=True)


def answer_options(response: Response) -> Response:
    """An answer to OPTIONS is a list of methods and nothing to read."""
    if request.method == "OPTIONS" and response.status_code == HTTPStatus.OK:
        response.status_code = HTTPStatus.NO_CONTENT
        del response.headers["Content-Type"]
    return response


def keep_bodies_small(limit: int, *, but: str) -> Callable[[], None]:
    """A guard before every view: answers to forms are text, and only one endpoint takes files."""

    def guard() -> None:
        if request.endpoint != but:
            request.max_content_length = limit

    return guard
