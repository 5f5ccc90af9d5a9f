"""`python3 -m app web`: serves the pages."""

from typing import Any

import waitress

from app.cli import guard
from app.factory import create_app
from app.settings import Settings, from_environment
from app.web.uploads import READ_THROUGH


def main(_argv: list[str]) -> int:
    """Serve until stopped."""
    settings = from_environment()
    app = create_app(settings)
    with app.app_context():
        guard.refuse_demo_people(settings)
    waitress.serve(app, **options(settings))
    return 0


def options(settings: Settings) -> dict[str, Any]:
    """How the server serves; what proxies say reaches the application only when it knows how many to believe."""
    return {
        "host": settings.host,
        "port": settings.port,
        "threads": 8,
        "ident": None,
        "channel_timeout": 60,
        "max_request_body_size": 2 * READ_THROUGH * settings.upload_limit,  # beyond, it refuses in words of its own
        "clear_untrusted_proxy_headers": settings.trusted_proxies == 0,
    }
