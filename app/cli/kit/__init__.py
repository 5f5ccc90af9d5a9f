"""The conformance kit: two deployments, a way between them that can fail, and what must hold all the same."""

from app.cli.kit.play import main

__all__ = ["main"]
