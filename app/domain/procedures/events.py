"""What can have happened to what places say about procedures."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class LayerPublished(Event):
    name = "layer.published"
    kind: str
    key: str
    place: str
    number: int


@dataclass(frozen=True, kw_only=True)
class LayerPiloted(Event):
    name = "layer.piloted"
    kind: str
    key: str
    place: str
    number: int
    units: list[str]


@dataclass(frozen=True, kw_only=True)
class LayerRetired(Event):
    name = "layer.retired"
    kind: str
    key: str
    place: str
    number: int


@dataclass(frozen=True, kw_only=True)
class LayerLabelled(Event):
    name = "layer.labelled"
    number: int


@dataclass(frozen=True, kw_only=True)
class LayerDraftSaved(Event):
    name = "layer.draft_saved"
    kind: str
    key: str
    place: str


@dataclass(frozen=True, kw_only=True)
class LayerDraftDiscarded(Event):
    name = "layer.draft_discarded"
    kind: str
    key: str
    place: str


@dataclass(frozen=True, kw_only=True)
class LayerDraftRestored(Event):
    name = "layer.draft_restored"
    key: str
    number: int


@dataclass(frozen=True, kw_only=True)
class LayerDraftTakenOver(Event):
    name = "layer.draft_taken_over"
    key: str
    from_person_id: str


@dataclass(frozen=True, kw_only=True)
class ConflictSettled(Event):
    name = "layer.conflict_settled"
    how: str
