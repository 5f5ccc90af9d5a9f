"""A procedure put together from files alone, as a level would run it: for trying what no unit has yet."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.domain.procedures import library
from app.domain.procedures.effective import Effective
from app.domain.procedures.library import Form, Layer
from app.domain.procedures.models import ProcedureVersion
from app.engine.declarations import Node, describe
from app.engine.xml import bpmn, read
from app.kernel.errors import Missing

FILE = "scenarios.yaml"
_TEXTS = ("title", "starts_with")


@dataclass(frozen=True)
class Assembled:
    """Everything a case would be pinned to; `folders` are where its scenarios may stand, nearest first."""

    key: str
    bpmn: bytes
    parameters: Mapping[str, Any]
    forms: Mapping[str, Form]
    decisions: Mapping[str, str]
    called: Mapping[str, str]
    texts: Mapping[str, Any]
    folders: tuple[Path, ...]

    @property
    def starts_with(self) -> str:
        """Who begins a case: a person, an arrival, or nobody by hand."""
        return str(self.texts.get("starts_with", ""))

    @property
    def sha256(self) -> str:
        """The name of this content: levels with the same need not be tried twice."""
        pins = {node: form.sha256 for node, form in self.forms.items()}
        texts = [self.bpmn.decode(errors="replace"), dict(self.decisions), dict(self.called)]
        return library.digest([texts, dict(self.parameters), pins, [str(folder) for folder in self.folders]])


def from_library(key: str, places: Sequence[str]) -> Assembled:
    """The procedure as the library says, looked up at these places, nearest first. Missing "procedure.missing"."""
    root = library.ROOT / "processes"
    layers = [(root / place / key, found) for place in places if (found := library.layer(place, key)) is not None]
    return _assembled(key, layers, places)


def from_folder(folder: Path) -> Assembled:
    """The procedure that stands in a folder of its own; what it calls is taken from the library."""
    if not (folder / "process.bpmn").is_file() or not (folder / "manifest.toml").is_file():
        raise Missing("procedure.missing")
    key = next((node.id for node in describe((folder / "process.bpmn").read_bytes()) if node.kind == "process"), "")
    return _assembled(key, [(folder, library.layer_in(folder, "common"))], ["common"])


def of_effective(found: Effective) -> Assembled:
    """The procedure as a unit has it now."""
    return Assembled(
        key=found.key,
        bpmn=found.bpmn,
        parameters=found.parameters,
        forms={node: found.pins[key] for node, key in found.forms.items()},
        decisions=found.decisions,
        called=found.called,
        texts=found.texts,
        folders=(),
    )


def of_version(version: ProcedureVersion, form_of: Callable[[str], Form]) -> Assembled:
    """The procedure as the cases of a version run it; `form_of` gives a form by the name of its content."""
    return Assembled(
        key=version.key,
        bpmn=version.bpmn,
        parameters=version.parameters,
        forms={node: form_of(name) for node, name in version.forms.items()},
        decisions=version.decisions,
        called=version.called,
        texts=version.texts,
        folders=(),
    )


def redrawn(assembled: Assembled, diagram: bytes) -> Assembled:
    """The same procedure with another diagram; a step that is new has the form it declares, if there is such a one."""
    known = library.forms()
    declared = {node.id: node.task.form for node in describe(diagram) if node.task is not None and node.task.form}
    added = {node: library.form(form) for node, form in declared.items() if form in known}
    return replace(assembled, bpmn=diagram, forms={**added, **assembled.forms})


def _assembled(key: str, layers: Sequence[tuple[Path, Layer]], places: Sequence[str]) -> Assembled:
    drawn = next((at for at, (_folder, layer) in enumerate(layers) if layer.bpmn is not None), None)
    diagram = None if drawn is None else layers[drawn][1].bpmn
    if drawn is None or diagram is None:
        raise Missing("procedure.missing")
    folders = [folder for folder, _layer in layers]
    found = [layer for _folder, layer in layers]
    inner = dict(_called(diagram, places, {key}))
    nodes = [*describe(diagram), *(node for one in inner.values() for node in describe(one.bpmn))]
    return Assembled(
        key=key,
        bpmn=diagram,
        parameters={
            **{name: value for one in inner.values() for name, value in one.parameters.items()},
            **_nearest(found, "parameters"),
        },
        forms={
            **{node: form for one in inner.values() for node, form in one.forms.items()},
            **{node: library.form(form) for node, form in _nearest(found, "forms").items()},
        },
        decisions={
            **{name: text for one in inner.values() for name, text in one.decisions.items()},
            **dict(_tables(nodes, folders)),
        },
        called={name: one.bpmn.decode() for name, one in inner.items()},
        texts={name: text for one in reversed(found) for name, text in one.manifest.items() if name in _TEXTS},
        folders=tuple(folders[: drawn + 1]),
    )


def _called(diagram: bytes, places: Sequence[str], seen: set[str]) -> Iterator[tuple[str, Assembled]]:
    """The procedures a diagram calls, and those they call; what calls itself is left to the gate to refuse."""
    for activity in read(diagram).iter(bpmn("callActivity")):
        name = activity.get("calledElement") or ""
        if name and name not in seen:
            seen.add(name)
            found = from_library(name, places)
            yield name, found
            yield from _called(found.bpmn, places, seen)


def _tables(nodes: Sequence[Node], folders: Sequence[Path]) -> Iterator[tuple[str, str]]:
    for key in {node.decision.key for node in nodes if node.decision is not None}:
        path = next((folder / f"{key}.dmn" for folder in folders if (folder / f"{key}.dmn").is_file()), None)
        if path is not None:
            yield key, path.read_text("utf-8")


def _nearest(layers: Sequence[Layer], section: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for layer in reversed(layers):
        found |= layer.manifest.get(section, {})
    return found
