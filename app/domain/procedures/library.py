"""The library that ships with the product: `processes/` and `forms/`, read once."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.engine.overriding import named
from app.kernel.errors import Missing

ROOT = Path(__file__).resolve().parents[3]
_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True)
class Layer:
    """What one place (common, a level, a unit) says about a procedure."""

    place: str
    manifest: Mapping[str, Any]
    bpmn: bytes | None


@dataclass(frozen=True)
class Form:
    """A form: JSON Schema 2020-12 and its texts by language."""

    key: str
    sha256: str
    schema: Mapping[str, Any]
    texts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@cache
def layer(place: str, key: str) -> Layer | None:
    """The layer of a procedure at `common`, `levels/<code>` or `units/<code>`; None where there is none."""
    if not _KEY.fullmatch(key):
        raise Missing("procedure.missing")
    folder = ROOT / "processes" / place / key
    if ".." in place or not (folder / "manifest.toml").is_file():
        return None
    return layer_in(folder, place)


def layer_in(folder: Path, place: str) -> Layer:
    """What stands in a folder, as the layer of a place."""
    diagram = folder / "process.bpmn"
    manifest = tomllib.loads((folder / "manifest.toml").read_text("utf-8"))
    return Layer(place, manifest, diagram.read_bytes() if diagram.is_file() else None)


@cache
def form(key: str) -> Form:
    """A form by its key."""
    folder = ROOT / "forms" / key
    if not _KEY.fullmatch(key) or not (folder / "schema.json").is_file():
        raise Missing("form.missing")
    schema = json.loads((folder / "schema.json").read_text("utf-8"))
    texts = {
        path.name.split(".")[1]: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("text.*.json"))
    }
    return Form(key, digest([schema, texts]), schema, texts)


def catalogue() -> list[str]:
    """The keys of every procedure of the library."""
    return sorted(path.parent.name for path in (ROOT / "processes" / "common").glob("*/manifest.toml"))


def contents() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Everything the library says: kind, key, place and content, as a layer of that place says it."""
    for path in sorted((ROOT / "processes").glob("**/manifest.toml")):
        folder = path.parent
        place = folder.parent.relative_to(ROOT / "processes").as_posix()
        found = layer(place, folder.name)
        if found is not None:
            drawn = {} if found.bpmn is None else {"diagram": found.bpmn.decode()}
            yield "procedure", folder.name, place, {**found.manifest, **drawn}
        for table in sorted(folder.glob("*.dmn")):
            yield "decision", table.stem, place, {"dmn": table.read_text("utf-8")}
    for key in forms():
        one = form(key)
        yield "form", key, "common", {"schema": one.schema, "texts": one.texts}


def blank(key: str) -> str:
    """The first diagram of a procedure that nobody has drawn yet: it begins, and it ends."""
    return named((ROOT / "processes" / "blank.bpmn").read_bytes(), key).decode()


@cache
def blocks() -> Mapping[str, str]:
    """Pieces of diagrams to be put together (mẫu khối), by name: the way leads in at the first node of each."""
    return {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "processes" / "blocks").glob("*.bpmn"))}


def forms() -> list[str]:
    """The keys of every form of the library."""
    return sorted(path.parent.name for path in (ROOT / "forms").glob("*/schema.json"))


def digest(content: Any) -> str:
    """The name of JSON content: equal content has an equal name."""
    return sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
