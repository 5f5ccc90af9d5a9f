"""When something goes wrong: the right status, and in plain words what happened, why, and what to do."""

from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped]
from werkzeug.exceptions import (
    HTTPException,
    InternalServerError,
    RequestEntityTooLarge,
    SecurityError,
    default_exceptions,
)

from app.kernel import errors
from app.kernel.errors import OfficeError
from app.web import i18n, unsent
from app.web.i18n import t
from app.web.security import is_api
from app.web.session import current_person, to_sign_in

STATUS: Final[dict[type[OfficeError], int]] = {
    errors.Invalid: 400,
    errors.Forbidden: 403,
    errors.Missing: 404,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}
UNSIGNED: Final = "token.refused"
NO_SESSION: Final = "session.required"
EXPLAINED: Final = frozenset({400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503})
"""The statuses that have a title and an advice of their own."""


def init_app(app: Flask) -> None:
    """Answer for every failure, ours and the framework's."""
    app.register_error_handler(OfficeError, _office)
    for status in default_exceptions:
        app.register_error_handler(status, _http)


def status_of(error: OfficeError) -> int:
    """The HTTP status of a failure of the domain."""
    if error.code == UNSIGNED:
        return HTTPStatus.UNAUTHORIZED
    if isinstance(error, errors.Invalid) and error.fields:
        return HTTPStatus.UNPROCESSABLE_ENTITY
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), 400)


def sentence(error: OfficeError) -> str:
    """A failure in the reader's language; a code without a sentence is told in general words."""
    values = {name: value for name, value in error.data.items() if name != "fields"}
    return t(error.code, **values) if i18n.has(error.code) else t(f"error.{_known(status_of(error))}.why")


def _office(error: OfficeError) -> Response:
    if error.code == NO_SESSION and not is_api():
        return _signed_out(error)
    return _answer(status_of(error), error.code, sentence(error), error)


def _http(error: HTTPException) -> Response:
    if error.response is not None and error.code is None:
        return make_response(error.response)
    if isinstance(error, SecurityError) and not is_api():  # a foreign host: a page could not even name its styles
        return Response(t("error.400.why"), HTTPStatus.BAD_REQUEST, content_type="text/plain; charset=utf-8")
    if isinstance(error, CSRFError) and unsent.is_work():
        return _stale(error)
    status = error.code or 500
    key = f"error.{_kind(error, status)}"
    answer = _answer(status, key, t(f"{key}.why"), error)
    if isinstance(error, RateLimitExceeded):
        answer.headers["Retry-After"] = str(error.limit.limit.get_expiry())
    if status == HTTPStatus.METHOD_NOT_ALLOWED and getattr(error, "valid_methods", None):
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # type: ignore[attr-defined]
    return answer


def _signed_out(error: OfficeError | HTTPException) -> Response:
    """To the door; work that was posted is shown first, it would be lost on the way."""
    if not unsent.is_work():
        return make_response(to_sign_in())
    return _answer(HTTPStatus.UNAUTHORIZED, NO_SESSION, t("error.401.why"), error)


def _stale(error: CSRFError) -> Response:
    """The work of a page from another session: drawn anew for whoever may do it, shown to everyone else."""
    if current_person() is None:
        return _signed_out(error)
    anew = unsent.drawn_anew()
    return make_response(anew) if anew is not None else _answer(400, "error.csrf", t("error.csrf.why"), error)


def _answer(status: int, code: str, why: str, error: OfficeError | HTTPException) -> Response:
    if is_api():
        return _problem(status, code, why, error)
    if isinstance(error, InternalServerError):
        g.pop("person", None)  # the page must not ask a database that may be the trouble
    kind = code.removeprefix("error.") if code.startswith("error.") else str(_known(status))
    page = render_template(
        "error.html",
        status=status,
        title=t(f"error.{kind}.title"),
        why=why,
        what=t(f"error.{kind}.do"),
        kept=unsent.kept(),
        task_id=request.view_args["task_id"] if unsent.is_work() and request.view_args else None,
    )
    return make_response(page, status)


def _problem(status: int, code: str, why: str, error: OfficeError | HTTPException) -> Response:
    """A failure as RFC 9457 says it: `application/problem+json`."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": why,
    }
    wrong = _fields(error)
    if wrong:
        body["errors"] = wrong
    answer = make_response(jsonify(body), status)
    answer.content_type = "application/problem+json"
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="eOffice"'
    return answer


def _fields(error: OfficeError | HTTPException) -> Any:
    """What is wrong with each field: by form rules, or by the shape of the request."""
    if isinstance(error, errors.Invalid):
        return {
            name: {"code": key, "detail": t(key, field=name, **values)} for name, (key, values) in error.fields.items()
        }
    data: Any = getattr(error, "data", None)
    return data.get("messages") if isinstance(data, dict) else None


def _kind(error: HTTPException, status: int) -> str:
    """Which words fit; a body within its limit that is too large all the same has too many fields or too long ones."""
    if isinstance(error, CSRFError):
        return "csrf"
    if isinstance(error, RequestEntityTooLarge) and (request.content_length or 0) <= (request.max_content_length or 0):
        return "parts"
    return str(_known(status))


def _known(status: int) -> int:
    if status in EXPLAINED:
        return status
    return 500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400
