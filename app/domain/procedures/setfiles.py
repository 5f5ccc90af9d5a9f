"""Sets (bộ quy trình) as files: what one place says in the layout of `processes/` and `forms/`, written and read.

What the layout has no words for (a value taken away is `null`) stands in a `patch.json` beside it.
"""

import json
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, NoReturn

from app.domain.procedures import scenarios
from app.engine.overriding import references
from app.kernel import plaintoml, plainyaml
from app.kernel.errors import Invalid, OfficeError

MANIFEST: Final = "manifest.toml"
DIAGRAM: Final = "process.bpmn"
SCENARIOS: Final = "scenarios.yaml"
PATCH: Final = "patch.json"
LONGEST_MANIFEST: Final = 200_000
_PROCESS = re.compile(r"processes/(common|(?:levels|units)/[^/]+)/([^/]+)/([^/]+)")
_FORM = re.compile(r"forms/([^/]+)/(schema\.json|text\.[a-z]{2,3}\.json|patch\.json)")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_SCHEMA: Final = "processes/scenarios.schema.json"
_PARTS: Final = (MANIFEST, DIAGRAM, SCENARIOS, PATCH)
Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Item:
    """One thing that a set says; a form is of the place the whole set is of. `problem` is why it cannot be read."""

    kind: str
    key: str
    place: str
    path: str
    content: Mapping[str, Any]
    problem: OfficeError | None = None


@dataclass(frozen=True)
class Read:
    """A set: its items by place, kind and key, and the names of files that say nothing here."""

    items: tuple[Item, ...]
    strange: tuple[str, ...]

    @property
    def places(self) -> tuple[str, ...]:
        """The places that its procedures and tables are of."""
        return tuple(dict.fromkeys(one.place for one in self.items if one.place))


def written(items: Iterable[Item]) -> dict[str, bytes]:
    """The files of a set by name; `read` makes the same items of them."""
    known = list(items)
    files: dict[str, bytes] = {}
    for one in known:
        files |= _WRITERS[one.kind](one, known)
    return files


def read(files: Files) -> Read:
    """The items of a set, one that cannot be read with its problem. A folder around everything does not count."""
    plain = _without_folder(files)
    found = [*_processes(plain), *_decisions(plain), *_forms(plain)]
    items = sorted(found, key=lambda one: (one.place, one.kind, one.key, one.path))
    return Read(tuple(_once(items)), tuple(sorted(name for name in plain if not _is_known(name))))


def _once(items: Iterable[Item]) -> Iterator[Item]:
    """Each thing once: of a table that stands in two folders nobody could tell which is meant."""
    seen: set[tuple[str, str, str]] = set()
    for one in items:
        name = (one.place, one.kind, one.key)
        yield replace(one, problem=Invalid("set.twice", file=one.path)) if name in seen else one
        seen.add(name)


def _write_procedure(one: Item, _all: Iterable[Item]) -> dict[str, bytes]:
    folder, content = f"processes/{one.place}/{one.key}", dict(one.content)
    diagram = content.pop("diagram") if isinstance(content.get("diagram"), str) else None
    texts = content.get("scenarios") or {}
    listed = {name: text for name, text in texts.items() if _is_faithful(name, text)}
    if listed:
        content["scenarios"] = {name: text for name, text in texts.items() if name not in listed}
        content = (
            content if content["scenarios"] else {name: one for name, one in content.items() if name != "scenarios"}
        )
    said, rest = plaintoml.sayable(content)
    files = {f"{folder}/{MANIFEST}": plaintoml.written(said).encode()}
    if rest:
        files[f"{folder}/{PATCH}"] = _json(rest, in_order=True)
    if diagram is not None:
        files[f"{folder}/{DIAGRAM}"] = diagram.encode()
    if listed:
        found = [one for text in listed.values() for one in plainyaml.read(text.encode())["scenarios"]]
        files[f"{folder}/{SCENARIOS}"] = plainyaml.write({"scenarios": found}).encode()
    return files


def _is_faithful(name: str, text: Any) -> bool:
    """Whether a saved scenario comes back as it is from the one file in which all of them stand."""
    try:
        return isinstance(text, str) and _scenarios(text.encode()) == {name: text}
    except OfficeError:
        return False


def _scenarios(content: bytes) -> dict[str, str]:
    """The scenarios of a file, each by its name as people save it. Invalid "yaml.*" or "scenario.shape"."""
    scenarios.read(content)
    return {one["name"]: plainyaml.write({"scenarios": [one]}) for one in plainyaml.read(content)["scenarios"]}


def _write_decision(one: Item, known: Iterable[Item]) -> dict[str, bytes]:
    """Beside the first procedure that asks for it; a folder of its own when none of the set does."""
    asking = sorted(other.key for other in known if other.kind == "procedure" and one.key in _tables(other.content))
    folder = f"processes/{one.place}/{(asking or [one.key])[0]}"
    table = one.content.get("dmn")
    if isinstance(table, str):
        return {f"{folder}/{one.key}.dmn": table.encode()}
    return {f"{folder}/{one.key}.dmn.json": _json(one.content)}


def _write_form(one: Item, _all: Iterable[Item]) -> dict[str, bytes]:
    folder, rest = f"forms/{one.key}", dict(one.content)
    files: dict[str, bytes] = {}
    if isinstance(rest.get("schema"), Mapping):
        files[f"{folder}/schema.json"] = _json(rest.pop("schema"))
    if rest.get("texts"):
        texts = dict(rest.pop("texts"))
        for language in [name for name in texts if _LANGUAGE.fullmatch(name) and texts[name] is not None]:
            files[f"{folder}/text.{language}.json"] = _json(texts.pop(language))
        rest |= {"texts": texts} if texts else {}
    if rest or not files:
        files[f"{folder}/{PATCH}"] = _json(rest)
    return files


_WRITERS: Final[Mapping[str, Callable[[Item, Iterable[Item]], dict[str, bytes]]]] = {
    "procedure": _write_procedure,
    "decision": _write_decision,
    "form": _write_form,
}


def _tables(content: Mapping[str, Any]) -> set[str]:
    drawn = content.get("diagram")
    named = references(drawn.encode()).decisions if isinstance(drawn, str) else frozenset[str]()
    return {str(one) for one in (*(content.get("decisions") or {}).values(), *named)}


def _without_folder(files: Files) -> Files:
    """Archives of repositories have everything in one folder, which is named after the repository."""
    tops = {name.partition("/")[0] for name in files}
    if len(tops) != 1 or tops & {"processes", "forms"}:
        return files
    return {name.partition("/")[2]: content for name, content in files.items() if "/" in name}


def _is_known(name: str) -> bool:
    inside = _PROCESS.fullmatch(name)
    if inside is not None and (inside[3] in _PARTS or inside[3].endswith((".dmn", ".dmn.json"))):
        return True
    return _FORM.fullmatch(name) is not None or name == _SCHEMA


def _processes(files: Files) -> Iterator[Item]:
    folders: dict[tuple[str, str], dict[str, bytes]] = {}
    for name, content in files.items():
        match = _PROCESS.fullmatch(name)
        if match is not None and match[3] in _PARTS:
            folders.setdefault((match[1], match[2]), {})[match[3]] = content
    for (place, key), parts in folders.items():
        yield _item("procedure", key, place, f"processes/{place}/{key}", partial(_procedure, parts))


def _procedure(parts: Files) -> Mapping[str, Any]:
    if MANIFEST not in parts:
        raise Invalid("set.no_manifest")
    content = plaintoml.joined(_toml(parts[MANIFEST]), _object(parts.get(PATCH, b"{}"), PATCH))
    if SCENARIOS in parts:
        content = plaintoml.joined({"scenarios": _scenarios(parts[SCENARIOS])}, content)
    return {**content, "diagram": _text(parts[DIAGRAM], DIAGRAM)} if DIAGRAM in parts else content


def _decisions(files: Files) -> Iterator[Item]:
    for name, content in files.items():
        match = _PROCESS.fullmatch(name)
        if match is not None and match[3].endswith((".dmn", ".dmn.json")):
            key = match[3].removesuffix(".json").removesuffix(".dmn")
            yield _item("decision", key, match[1], name, partial(_decision, match[3], content))


def _decision(name: str, content: bytes) -> Mapping[str, Any]:
    return _object(content, name) if name.endswith(".json") else {"dmn": _text(content, name)}


def _forms(files: Files) -> Iterator[Item]:
    folders: dict[str, dict[str, bytes]] = {}
    for name, content in files.items():
        match = _FORM.fullmatch(name)
        if match is not None:
            folders.setdefault(match[1], {})[match[2]] = content
    for key, parts in folders.items():
        yield _item("form", key, "", f"forms/{key}", partial(_form, parts))


def _form(parts: Files) -> Mapping[str, Any]:
    content: dict[str, Any] = {"schema": _object(parts["schema.json"], "schema.json")} if "schema.json" in parts else {}
    texts = {name.split(".")[1]: _object(text, name) for name, text in parts.items() if name.startswith("text.")}
    content |= {"texts": texts} if texts else {}
    return plaintoml.joined(content, _object(parts.get(PATCH, b"{}"), PATCH))


def _item(kind: str, key: str, place: str, path: str, reader: Callable[[], Mapping[str, Any]]) -> Item:
    try:
        return Item(kind, key, place, path, reader())
    except OfficeError as error:
        return Item(kind, key, place, path, {}, error)


def _json(value: Any, *, in_order: bool = False) -> bytes:
    """The order of the fields of a form means something; elsewhere keys are put in order."""
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=in_order) + "\n").encode()


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Invalid("set.encoding", file=name) from error


def _toml(content: bytes) -> dict[str, Any]:
    """A manifest; dates and endless numbers are no values of ours."""
    if len(content) > LONGEST_MANIFEST:
        raise Invalid("set.manifest")
    try:
        found = tomllib.loads(_text(content, MANIFEST))
    except (ValueError, RecursionError) as error:
        raise Invalid("set.manifest") from error
    if not _is_json(found):
        raise Invalid("set.manifest")
    return found


def _object(content: bytes, name: str) -> dict[str, Any]:
    try:
        found = json.loads(_text(content, name), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Invalid("set.json", file=name) from error
    if not isinstance(found, dict) or not _is_json(found):
        raise Invalid("set.json", file=name)
    return found


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


def _is_json(value: Any, depth: int = 0) -> bool:
    if isinstance(value, Mapping | list):
        inner = value.values() if isinstance(value, Mapping) else value
        return depth < 100 and all(_is_json(one, depth + 1) for one in inner)  # noqa: PLR2004 - no form is as deep
    return value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))
