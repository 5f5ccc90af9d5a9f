"""The diagram editor's bundle, as it lies there: light enough for slow lines, and of one mind with the engine."""

import gzip
import json
from pathlib import Path

from app.engine import declarations
from app.engine.xml import EO

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = ROOT / "app/web/static/vendor/editor"
LIMIT = 320_000


def test_script_and_style_of_the_editor_travel_light() -> None:
    weight = sum(len(gzip.compress((BUNDLE / name).read_bytes(), 9)) for name in ("editor.js", "editor.css"))
    assert weight <= LIMIT


def test_the_editor_writes_what_the_engine_reads_and_no_more() -> None:
    described = json.loads((ROOT / "frontend/src/eo.json").read_text("utf-8"))
    said = {one["name"].lower(): {part["name"] for part in one["properties"]} for one in described["types"]}
    where = {
        (kind.removeprefix("bpmn:"), one["name"])
        for one in described["types"]
        for kind in one.get("meta", {"allowedIn": ()})["allowedIn"]
    }
    assert described["uri"] == EO
    assert {(f"{kind[0].lower()}{kind[1:]}", name.lower()) for kind, name in where} == set(declarations._READERS)
    assert said == {
        "task": declarations._TASK,
        "lane": declarations._LANE,
        "operation": declarations._OPERATION_ATTRIBUTES | {"params"},
        "message": declarations._MESSAGE | {"params"},
        "param": declarations._PARAM,
        "decision": declarations._DECISION,
        "script": {"text"},
        "procedure": declarations._PROCEDURE,
    }
