"""JSON for other programs: the same commands and queries as the pages."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Mount every resource."""
