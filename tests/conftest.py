"""A fresh house for each test, on SQLite or on the PostgreSQL server that EOFFICE_TEST_DATABASE_URL names."""

from collections.abc import Generator, Iterator

import pytest
from flask import Flask

from tests import house, readers
from tests.house import Office, Template
from tests.needs import NO_SKIPS
from tests.secondopinion import Signed


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With EOFFICE_NO_SKIPS=1 a skipped test is a failed one."""
    report = yield
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"{item.nodeid} was skipped, and no skip is allowed"
    return report


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """Quảng Ngãi 2017, made once."""
    with house.template(tmp_path_factory.mktemp("template"), "2017") as made:
        yield made


@pytest.fixture(scope="session")
def all_that_was_signed(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    """What tests sign, for others to judge."""
    watched = Signed()
    watched.watch(tmp_path_factory.mktemp("signed"))
    return watched


@pytest.fixture(autouse=True)
def no_other_program_objects(all_that_was_signed: Signed) -> Iterator[None]:
    """Every file signed in a test passes pdfsig, and each of its signatures `openssl cms -verify -cades`."""
    yield
    assert all_that_was_signed.objections() == []


@pytest.fixture(scope="session", autouse=True)
def readers_stay() -> Iterator[None]:
    """Who reads diagrams of strangers is started once."""
    with readers.kept():
        yield


@pytest.fixture
def app(template: Template, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """An application with a database, files and keys that no other test has seen.

    What is told to patched code is nobody else's story.
    """
    with house.lent(template, retells="monkeypatch" not in request.fixturenames) as made:
        yield made


@pytest.fixture
def office(app: Flask, template: Template) -> Office:
    """The people of that application."""
    return Office(app, template.world)
