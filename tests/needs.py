"""What a test needs besides Python: skipped with a line that says how to enable it, unless no skip is allowed."""

import os

import pytest

from app.launcher import programs

NO_SKIPS = os.environ.get("EOFFICE_NO_SKIPS") == "1"


def program(name: str) -> str | None:
    """Where a program is, under any of its names."""
    return programs.find(name)


def needs(*names: str) -> pytest.MarkDecorator:
    """Skip a test on a machine that lacks one of these programs (see `app.launcher.programs`)."""
    missing = [name for name in names if program(name) is None]
    reason = f"needs {', '.join(missing)}: {programs.how_to_install(missing)}" if missing else ""
    return pytest.mark.skipif(bool(missing), reason=reason)
