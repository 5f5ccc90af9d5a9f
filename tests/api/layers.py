"""Every act on drafts, versions and notices, as another program does it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from app.domain.procedures import queries
from tests.api.conftest import Signed
from tests.house import Office
from tests.places import COMMUNE, KEY, ROOT, admin, administrator, say

IDS = ("key", "unit_code", "draft_id", "version_id", "change_id")
PLACE = f"units/{COMMUNE}"
API = "/api/v1/procedures"


def acts(ask: Callable[..., TestResponse], office: Office, signed: Signed) -> Iterator[TestResponse]:
    """The answers, one after the other."""
    headers = signed(administrator(office, COMMUNE))
    named: dict[str, Any] = {"key": KEY, "unit_code": COMMUNE}
    body: dict[str, Any] = {"key": KEY, "place": PLACE, "content": {"description": "a"}}

    def told(method: str, path: str, **more: Any) -> TestResponse:
        return ask(method, f"{API}{path}", headers=headers, ids=named, **more)

    written = told("put", "/drafts", json=body)
    yield written
    named["draft_id"] = written.get_json()["id"]
    yield told("get", "/drafts/{draft_id}")
    published = told("post", "/drafts/{draft_id}/publication", json={"reason": "Thử", "label": "một"})
    yield published
    named["version_id"] = published.get_json()["id"]
    yield told("put", "/versions/{version_id}/label", json={"label": "hai"})
    yield told("post", "/versions/{version_id}/rollback", json={"reason": "Thử"})
    say(admin(office, ROOT), "common", {"description": "b"})
    yield told("get", "/notices")
    named["change_id"] = str(queries.open_notices(admin(office, COMMUNE))[0].id)
    yield told("post", "/notices/{change_id}/settlement", json={"how": "keep"})
    yield told("post", "/versions/{version_id}/retirement")
    yield told("get", "/", query_string={"unit": COMMUNE})
    yield told("get", "/{key}/units/{unit_code}")
    yield told("get", "/{key}/versions")
    again = told("put", "/drafts", json=body)
    named["draft_id"] = again.get_json()["id"]
    xml = Path("tests/engine/dialects/camunda7.bpmn").read_text("utf-8")
    seen = again.get_json()["row_version"]
    yield told("put", "/drafts/{draft_id}/diagram", json={"xml": xml, "row_version": seen})
    yield told("post", "/drafts/{draft_id}/discard")
