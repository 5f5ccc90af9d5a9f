"""What axe finds on pages of the product, at a desk and on a phone: nothing (WCAG 2.2, levels A and AA)."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from flask import Flask
from playwright.sync_api import Browser

from app.domain.actors.actor import Actor
from app.domain.cases import planning, rolling, rollouts
from app.domain.procedures import queries
from tests.e2e.test_browser import DESK, PHONE, Desk
from tests.exchange.letters import Letters
from tests.exchange.pair import Pair, introduced
from tests.exchange.scene import Scene, played
from tests.exchange.test_operator import OPERATOR
from tests.house import Office, Template
from tests.needs import needs
from tests.places import COMMUNE, KEY, ROOT, admin, administrator, draft, say
from tests.story import Told

NAMES = "label-content-name-mismatch"
RULES: dict[str, Any] = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "rules": {NAMES: {"enabled": True}},  # WCAG 2.5.3; an experiment to axe, a duty to us
}
DRAWN = "/cases/list?node="
"""A link in a drawing: its name has the words that are seen, but axe joins their lines without a space."""
STEPS = ("changes", "checks", "scenarios", "affected", "way", "summary")
STAFF = (
    "/",
    "/documents",
    "/registers",
    "/cases/start",
    "/notices",
    "/calendar",
    "/account",
    "/account/signing",
    "/signing",
    "/public-codes",
    "/search?q=a",
    "/design",
)
STUDIO = (
    "/procedures",
    "/procedures/gallery",
    "/procedures/gallery/import",
    "/procedures/gallery/elements",
    f"/procedures/gallery/{KEY}",
    f"/procedures/gallery/{KEY}/use",
    "/procedures/sets",
    "/procedures/forms",
    "/procedures/expressions",
    f"/procedures/{KEY}",
    f"/procedures/{KEY}/{COMMUNE}?step=direct",
    f"/procedures/{KEY}/{COMMUNE}/compare",
    f"/procedures/{KEY}/levels/commune",
    f"/procedures/{KEY}/try",
    f"/procedures/{KEY}/what-if",
    f"/procedures/{KEY}/cases",
    f"/procedures/{KEY}/cases/list",
    f"/procedures/{KEY}/replay",
    f"/procedures/{KEY}/migration",
    f"/procedures/{KEY}/triggers",
    f"/units/{COMMUNE}/displays",
    "/operations",
)


@pytest.fixture
def told(served: tuple[Flask, str], template: Template) -> Told:
    """A document that has just arrived; told before a browser runs, beside which nothing is signed."""
    told = Told(Office(served[0], template.world))
    told.sent()
    return told


@pytest.fixture
def travelled(template: Template, tmp_path: Path) -> Iterator[tuple[Pair, Scene]]:
    """Two deployments between which documents have travelled; played before a browser runs, as above."""
    (tmp_path / "letters").mkdir()
    with introduced(template) as pair:
        yield pair, played(Letters(pair, tmp_path / "letters"))


@needs("chromium")
@pytest.mark.parametrize(("width", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_axe_finds_nothing(served: tuple[Flask, str], told: Told, chromium: Browser, width: int, scheme: Any) -> None:
    office, address = told.office, served[1]
    some = slice(None, None, 1 if width == DESK else 3)  # on a phone little else is to be found
    of = {name: _ready(chromium, address, name, width, scheme) for name in _people(office)}
    administrating, clerk, chairman = of
    seen = found(of[administrating], [*STUDIO, *_drafted(office)][some])
    seen |= found(of[clerk], [*STAFF, f"/tasks/{told.task(told.arrived(told.recipients[0]), 'register').id}"])
    seen |= found(of[chairman], ["/", "/documents", "/account/signing?change=1&provider=agent"])
    assert seen == {}


@needs("chromium")
def test_axe_finds_nothing_where_documents_travel(travelled: tuple[Pair, Scene], chromium: Browser) -> None:
    seen = [_where_documents_travel(*travelled, chromium, *one) for one in ((DESK, "light"), (PHONE, "dark"))]
    assert seen == [{}, {}]


def _where_documents_travel(
    pair: Pair, scene: Scene, chromium: Browser, width: int, scheme: Any
) -> dict[str, list[str]]:
    tour = pair.here.office.tour
    here, there = (f"http://127.0.0.1:{side.port}" for side in (pair.here, pair.there))
    operator = _ready(chromium, here, OPERATOR, width, scheme)
    seen = found(operator, ["/exchange", f"/exchange/peers/{scene.silent}", f"/exchange/deliveries/{scene.waiting}"])
    clerk = _ready(chromium, here, tour["clerk"], width, scheme)
    roads = (f"/sent/{scene.sent.document_id}", f"/sent/{scene.recalled.document_id}?view=tree")
    seen |= found(clerk, ["/exchange?state=unregistered", f"/exchange/deliveries/{scene.done}", *roads])
    first, second = (_ready(chromium, there, tour["recipients"][one]["clerk"], width, scheme) for one in (0, 1))
    seen |= found(first, ["/", f"/exchange/arrivals/{scene.held}"])
    return seen | found(second, [f"/tasks/{scene.asked}"])


def _people(office: Office) -> tuple[str, str, str]:
    first = office.tour["recipients"][0]
    return administrator(office, ROOT), str(first["clerk"]), str(first["chairman"])


def _ready(browser: Browser, address: str, sign_in: str, width: int, scheme: Any) -> Desk:
    context = browser.new_context(viewport={"width": width, "height": 800}, locale="vi-VN", color_scheme=scheme)
    return Desk(context.new_page(), address, sign_in)


def _drafted(office: Office) -> list[str]:
    """The pages of drafts of every kind, and of a conflict."""
    root, commune = admin(office, ROOT), admin(office, COMMUNE)
    say(commune, f"units/{COMMUNE}", {"parameters": {"handling_days": 3}})
    version = say(root, "levels/commune", {"parameters": {"handling_days": 4}})
    (conflict,) = (one.id for one in queries.open_notices(commune) if one.outcome == "conflict")
    drawn = draft(root, "common", {"parameters": {"direction_days": 2}}).id
    form = draft(root, "levels/commune", {"texts": {"vi": {"title": "Ý kiến"}}}, kind="form", key="give_opinion").id
    table = draft(root, "common", {}, kind="decision", key="petition_route").id
    return [
        f"/procedures/notices/{conflict}",
        f"/procedures/rollouts/{_published(root)}",
        f"/procedures/drafts/{drawn}",
        f"/procedures/drafts/{drawn}/diagram?own=1",
        f"/procedures/drafts/{drawn}/history",
        f"/procedures/drafts/{drawn}/compare",
        *(f"/procedures/drafts/{drawn}/publishing?step={step}" for step in STEPS),
        f"/procedures/drafts/{form}/form",
        f"/procedures/drafts/{table}/table",
        f"/procedures/versions/{version.id}",
        f"/procedures/versions/{version.id}/compare",
    ]


def _published(actor: Actor) -> UUID:
    """A publication that some units have first; its id."""
    made = draft(actor, "levels/commune", {"parameters": {"petition_days": 4}}, key="complaint_petition")
    decided = {"summary": "Thay đổi thời hạn.", "excuse": "Chỉ đổi thời hạn.", "how": "pilot", "units": [COMMUNE]}
    planning.decide(actor, made.id, planning.of(rollouts.of_draft(made.id)).turn, decided)
    return rolling.publish(actor, made.id).id


def found(desk: Desk, pages: Iterable[str]) -> dict[str, list[str]]:
    """What axe says of each page it says anything of."""
    axe, said_of = Axe(), {}
    for address in pages:
        answer = desk.page.goto(f"{desk.address}{address}")
        assert answer is not None
        assert answer.ok, (address, answer.status)
        said = axe.run(desk.page, options=RULES).response["violations"]
        nodes = [(one["id"], node["html"]) for one in said for node in one["nodes"]]
        wrong = [f"{rule}: {html[:120]}" for rule, html in nodes if rule != NAMES or DRAWN not in html]
        if wrong:
            said_of[address] = wrong
    return said_of
