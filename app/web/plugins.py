"""VGCA Sign Service on the user's machine, as pages ask it: where it listens, and which pages may."""

from flask import Response, current_app, make_response

from app.web.security import POLICY

KIND, PLUGIN = "vgca", "wss://127.0.0.1:8987"


def address() -> str:
    """Where the plugin listens, unless DESK_PLUGIN says otherwise."""
    return str(current_app.config.get("DESK_PLUGIN", PLUGIN))


def may_be_asked(page: str, *others: str) -> Response:
    """A page that may ask the plugin, and other programs there, by their addresses."""
    answer = make_response(page)
    here = " ".join(("connect-src 'self'", *others, address()))
    answer.headers["Content-Security-Policy"] = POLICY.replace("connect-src 'self'", here)
    return answer
