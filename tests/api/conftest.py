"""Another program at the office's door."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.domain.actors import commands as accounts
from tests.house import Office
from tests.story import Told

Signed = Callable[[str], dict[str, str]]


@pytest.fixture
def told(office: Office) -> Told:
    return Told(office)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A program; what breaks is answered as in earnest, not raised into the test."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app.test_client()


@pytest.fixture
def signed(office: Office) -> Signed:
    """The headers of a person's program."""
    return lambda sign_in: {"Authorization": f"Bearer {accounts.make_token(office.actor(sign_in), label='test')}"}
