"""The server in front of the pages: what it refuses before Flask can say why."""

from pathlib import Path
from typing import Any

import pytest
import waitress

from app.cli import web
from app.web.uploads import READ_THROUGH
from tests import house
from tests.house import Template


def test_the_server_lets_through_whatever_the_pages_can_answer(
    template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house.copied(template, tmp_path) as app:
        settings = house.settings_for(tmp_path, app.config["SQLALCHEMY_DATABASE_URI"])
        given: dict[str, Any] = {}
        monkeypatch.setattr(web, "from_environment", lambda: settings)
        monkeypatch.setattr(waitress, "serve", lambda _app, **options: given.update(options))

        assert web.main([]) == 0
        assert given["max_request_body_size"] > READ_THROUGH * settings.upload_limit
        assert given["max_request_body_size"] < 2**30
