"""The story of one document: drafted, checked, signed, numbered, sealed, sent; received, handled, answered for."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from app.cli import demo
from app.cli.tour.browser import Browser, Lost, Page, Value

WAIT = 90.0
PAUSE = 0.15
STATUSES = ["01", "03", "04", "05", "06"]
OK = 200
Answers = Mapping[str, Value]


class Different(Exception):
    """Something is not as the story says."""


class Story:
    """Plays one demo world through its pages."""

    def __init__(self, world: str, address: str, folder: Path, told: Callable[[str], None]) -> None:
        self.name, self.world = world, demo.read(world)
        self.tour: Mapping[str, Any] = self.world["tour"]
        self.titles = {post["key"]: post["title"] for post in self.world["posts"]}
        self.units = {unit["code"]: unit["name"] for unit in self.world["units"]}
        self.address, self.folder, self.told = address, folder, told
        self.people: dict[str, Browser] = {}
        self.tokens: dict[str, str] = {}
        self.steps: list[dict[str, Any]] = []
        self.costs: list[tuple[str, str]] = []
        self.result: dict[str, Any] = {}
        self.started = monotonic()

    def play(self, pdf: Path | None = None) -> dict[str, Any]:
        """Everything, in order; Different tells what went otherwise."""
        self._send_out(pdf)
        for recipient in self.tour["recipients"]:
            self.receive(recipient)
        self._until("statuses.complete", self.tour["drafter"], self._all_told)
        self._check()
        return self.outcome()

    def outcome(self) -> dict[str, Any]:
        """What is known so far, in the shape that `--json` prints."""
        seconds = round(monotonic() - self.started, 2)
        return {"world": self.name, "seconds": seconds, "steps": self.steps, **self.result}

    def _send_out(self, pdf: Path | None) -> None:
        tour = self.tour
        self._step("draft.start", tour["drafter"], self._start)
        draft: dict[str, Value] = {name: tour[name] for name in ("document_type", "field", "subject", "urgency")}
        draft["recipients"] = [self.units[one["unit"]] for one in tour["recipients"]]
        draft.update({"file": pdf} if pdf is not None else {"body": tour["body"]})
        self._task("draft", tour["drafter"], draft)
        self._task("check_content", tour["head"], {"content_decision": "agree"})
        self._task("check_form", tour["clerk"], {"form_decision": "agree"})
        self._task("approve", tour["chairman"], {"approval_decision": "sign"})
        self._task("issue", tour["clerk"], {"issue_decision": "issue"})

    def receive(self, recipient: Mapping[str, Any]) -> None:
        """What happens at one recipient: registered, assigned, taken up, handled."""
        direct: dict[str, Value] = {
            "instruction": "Giao chủ trì tham mưu thực hiện, báo cáo kết quả đúng hạn.",
            "lead_post": self.titles[recipient["lead"]],
            "co_handler_posts": [self.titles[key] for key in recipient["co_handlers"]],
            "information_posts": [self.titles[key] for key in recipient["information"]],
        }
        unit = recipient["unit"]
        self._task(f"{unit}.register", recipient["clerk"], {"registration_decision": "register"})
        self._task(f"{unit}.direct", recipient["chairman"], direct)
        self._task(f"{unit}.take_up", recipient["specialist"], {})
        self._task(f"{unit}.handle", recipient["specialist"], {"result": "Đã thực hiện xong theo chỉ đạo."})

    def _task(self, name: str, who: str, answers: Answers) -> None:
        """Wait until the person's inbox shows a task, then complete it, once, whatever dies meanwhile."""
        paths: list[str] = self._until(f"{name}.wait", who, lambda b: b.get("/").links("/tasks/"), silent=True)
        self._step(name, who, lambda browser: self._complete(browser, paths[0], answers))

    def _complete(self, browser: Browser, path: str, answers: Answers) -> Page:
        while True:
            page = browser.get(path)
            if page.status != OK:
                raise Different(f"{path} answered {page.status}: {page.text[:300]}")
            try:
                after = browser.submit(page, path, answers)
            except LookupError as error:
                if not page.tree.xpath("//main//form[@method='post' or @method='POST'][contains(@action, '/tasks/')]"):
                    return page  # it was kept before the answer got lost
                raise Different(str(error)) from error
            except Lost:
                continue
            if after.status != OK:
                raise Different(f"{path} answered {after.status}: {after.text[:300]}")
            return after

    def _start(self, browser: Browser) -> Page:
        while True:
            if browser.get("/").links("/tasks/"):
                return browser.get("/")
            try:
                page = browser.submit(browser.get("/cases/start"), "/cases/start", {})
            except Lost:
                continue
            if page.status != OK:
                raise Different(f"/cases/start answered {page.status}: {page.text[:300]}")
            return page

    def _all_told(self, _browser: Browser) -> list[dict[str, Any]]:
        drafter = self.tour["drafter"]
        found: list[dict[str, Any]] = self._api(drafter, f"{self._document(drafter)}/statuses")
        return found if all(_recipient(one)["statuses"] == STATUSES for one in found) else []

    def _check(self) -> None:
        drafter = self.tour["drafter"]
        browser, path = self._person(drafter), self._document(drafter)
        document = self._api(drafter, path)
        file = self.folder / f"{document['reference'].replace('/', '-')}.pdf"
        file.write_bytes(browser.get(f"/documents/{document['id']}/file").body)
        shown = {"id": document["id"], "number": document["reference"], "file": str(file)}
        statuses = self._api(drafter, f"{path}/statuses")
        self.result |= {"document": shown, "recipients": [_recipient(one) for one in statuses]}
        self.result["signatures"] = self._signatures()
        if not re.fullmatch(r"01/UBND-VX", document["reference"]):
            raise Different(f"the number is {document['reference']}")
        if len(statuses) != len(self.tour["recipients"]):
            raise Different(f"{len(statuses)} recipients")
        for one in self.result["recipients"]:
            if one["statuses"] != STATUSES or one["arrival_number"] is None:
                raise Different(f"{one['unit']}: {one['statuses']}, arrival number {one['arrival_number']}")

    def _signatures(self) -> list[dict[str, Any]]:
        """What every recipient's own verification found; they must agree."""
        found = [self._verdicts(one["clerk"]) for one in self.tour["recipients"]]
        if any(one != found[0] for one in found):
            raise Different("recipients judge the signatures differently")
        if [(one["kind"], one["verdict"]) for one in found[0]] != [("person", "valid"), ("organisation", "valid")]:
            raise Different(f"signatures: {found[0]}")
        return found[0]

    def _verdicts(self, who: str) -> list[dict[str, Any]]:
        document = self._api(who, self._document(who))
        return [{name: one[name] for name in ("signer", "kind", "verdict")} for one in document["verdicts"]]

    def _document(self, who: str) -> str:
        found = self._api(who, "/api/v1/documents/?limit=1")
        if not found:
            raise Different("no document is visible")
        return f"/api/v1/documents/{found[0]['id']}"

    def _api(self, who: str, path: str) -> Any:
        page = self._person(who).get(path, headers={"Authorization": f"Bearer {self._token(who)}"})
        if page.status != OK:
            raise Different(f"{path} answered {page.status}")
        return json.loads(page.body)

    def _token(self, who: str) -> str:
        """A token made on the person's own account page."""
        if who not in self.tokens:
            browser = self._person(who)
            page = _submitted(browser, "/account", "/account/tokens", {"label": "tour"})
            shown = re.search(rb"eo_[A-Za-z0-9_-]{20,}", page.body)
            if shown is None:
                raise Different(f"no token for {who}: {page.status} {page.text[:200]}")
            self.tokens[who] = shown.group().decode()
        return self.tokens[who]

    def _person(self, key: str) -> Browser:
        if key not in self.people:
            browser = Browser(self.address)
            page = _submitted(browser, "/sign-in", "/sign-in", {"name": key, "password": demo.PASSWORD})
            if page.status != OK or page.tree.xpath("//input[@type='password']"):
                raise Different(f"{key} could not sign in: {page.status} {page.text[:200]}")
            self.people[key] = browser
        return self.people[key]

    def _step(self, name: str, who: str, act: Callable[[Browser], Any]) -> Any:
        begun = monotonic()
        result = act(self._person(who))
        spent = round((monotonic() - begun) * 1000)
        self.steps.append({"name": name, "actor": who, "ms": spent})
        self.costs.append((name, self._person(who).costs.latest))
        self.told(f"{spent:>7} ms  {who:<26} {name}")
        return result

    def _until(self, name: str, who: str, look: Callable[[Browser], Any], *, silent: bool = False) -> Any:
        begun = monotonic()
        browser = self._person(who)
        while not (found := look(browser)):
            if monotonic() - begun > WAIT:
                raise Different(f"{who} waited {WAIT:.0f} s for {name}")
            sleep(PAUSE)
        if not silent:
            self.steps.append({"name": name, "actor": who, "ms": round((monotonic() - begun) * 1000)})
        return found


def _submitted(browser: Browser, path: str, action: str, values: Answers) -> Page:
    """Submit something that may be done twice without harm; its form may be gone when only the answer got lost."""
    was_lost = False
    while True:
        page = browser.get(path)
        try:
            return browser.submit(page, action, values)
        except Lost:
            was_lost = True
            sleep(PAUSE)
        except LookupError:
            if not was_lost:
                raise
            return page


def _recipient(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "unit": found["recipient"],
        "arrival_number": found["arrival_number"],
        "statuses": [one["code"] for one in found["trail"]],
        "status": found["status"],
    }
