"""What can have happened to a document."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class DocumentDrafted(Event):
    name = "document.drafted"


@dataclass(frozen=True, kw_only=True)
class PreparationRequested(Event):
    """`about` is the document; the call that waits is named so that the answer finds it."""

    name = "document.preparation_requested"
    case_id: str
    task_id: str
    initials: int = 0


@dataclass(frozen=True, kw_only=True)
class DocumentPrepared(Event):
    name = "document.prepared"
    sha256: str


@dataclass(frozen=True, kw_only=True)
class DocumentReopened(Event):
    name = "document.reopened"


@dataclass(frozen=True, kw_only=True)
class DocumentNumbered(Event):
    name = "document.numbered"
    number: int


@dataclass(frozen=True, kw_only=True)
class DocumentArrived(Event):
    name = "document.arrived"


@dataclass(frozen=True, kw_only=True)
class DocumentRegistered(Event):
    name = "document.registered"
    arrival_number: int


@dataclass(frozen=True, kw_only=True)
class DocumentMoved(Event):
    name = "document.moved"
    state: str


@dataclass(frozen=True, kw_only=True)
class DocumentLinked(Event):
    name = "document.linked"
    source_id: str
