"""A product behind an address and a browser without a window, for stories of people."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright

from tests import house, serving
from tests.house import Template
from tests.secondopinion import in_stores


@pytest.fixture(autouse=True)
def no_other_program_objects_to_what_deployments_signed(tmp_path: Path) -> Iterator[None]:
    """Whole deployments sign in processes of their own: every signed PDF in their stores is shown to others."""
    yield
    assert in_stores(tmp_path) == []


@pytest.fixture
def served(template: Template, tmp_path: Path) -> Iterator[tuple[Flask, str]]:
    """The application behind an address, with its tokens and its policy as everywhere."""
    with house.copied(template, tmp_path, RATELIMIT_ENABLED=False) as app, serving.served(app) as port:
        yield app, f"http://127.0.0.1:{port}"


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()
