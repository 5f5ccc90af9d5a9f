"""What every response carries and every request must: headers, CSRF tokens, limits, the real address behind proxies."""

from hashlib import sha256
from typing import Final

from flask import Flask, Response, current_app, request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf import CSRFProtect  # type: ignore[import-untyped]
from werkzeug.middleware.proxy_fix import ProxyFix

from app.kernel.errors import Invalid
from app.kernel.text import is_keepable
from app.web.session import SECRET

API: Final = "api_"
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
EVERYTHING: Final = "6000 per minute"

csrf = CSRFProtect()


def init_app(app: Flask) -> None:
    """Put the guards before every view and the headers after it."""
    _trust_proxies(app)
    app.config.setdefault("SESSION_COOKIE_HTTPONLY", True)
    app.config.update(
        SESSION_COOKIE_NAME="__Host-eo" if app.config["SESSION_COOKIE_SECURE"] else "eo",
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_CHECK_DEFAULT=False,  # checked below, except where a token signs each request
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form may stay open over lunch
    )
    csrf.init_app(app)
    app.before_request(_require_csrf_token)
    app.before_request(_refuse_unkeepable_text)
    _limit(app)
    app.after_request(_add_headers)


def is_api() -> bool:
    """Whether this request is of another program: it carries a token, or is one, and no cookie counts."""
    return (request.blueprint or "").startswith(API) or request.path.startswith(("/api/", "/handovers/"))


def visitor() -> str:
    """Whom a limit counts: the session when there is one (offices share an address), else the address."""
    secret = None if is_api() else session.get(SECRET)
    if isinstance(secret, str):
        return f"session:{sha256(secret.encode()).hexdigest()[:32]}"
    return f"address:{get_remote_address()}"


def _limit(app: Flask) -> None:
    """Limits counted in Redis, for all processes together.

    While Redis is away each process counts for itself: the limits get looser by the number of processes, but nobody
    is locked out by a restart and nobody may guess without limit.
    """
    app.config.setdefault("RATELIMIT_DEFAULT", EVERYTHING)
    Limiter(
        visitor,
        app=app,
        storage_uri=storage_of(app.config["REDIS_URL"]),
        storage_options={"socket_connect_timeout": 1, "socket_timeout": 1},
        key_prefix="eo-limit",
        in_memory_fallback_enabled=True,
    )


def storage_of(url: str) -> str:
    """A Redis address as the counting library writes it."""
    return f"redis+{url}" if url.startswith("unix:") else url


def _require_csrf_token() -> None:
    nowhere = request.routing_exception is not None  # 404 and 405: there is nothing to protect
    if current_app.config["WTF_CSRF_ENABLED"] and not nowhere and not is_api():
        csrf.protect()


def _refuse_unkeepable_text() -> None:
    """Text of the address and of forms that a database would choke on; JSON is judged by the domain, field by field."""
    for values in (request.args,) if is_api() else (request.args, request.form):
        if not all(is_keepable(name) and is_keepable(text) for name, text in values.items(multi=True)):
            raise Invalid("request.characters")


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _trust_proxies(app: Flask) -> None:
    hops = app.config["TRUSTED_PROXIES"]
    if hops:
        fixed = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
        vars(app)["wsgi_app"] = fixed
