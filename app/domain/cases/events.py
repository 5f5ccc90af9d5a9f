"""What can have happened to a case."""

from dataclasses import dataclass

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class CaseStarted(Event):
    name = "case.started"
    procedure: str
    version: str


@dataclass(frozen=True, kw_only=True)
class TaskCompleted(Event):
    name = "case.task_completed"
    task_id: str
    node: str


@dataclass(frozen=True, kw_only=True)
class CallAnswered(Event):
    name = "case.call_answered"
    node: str
    operation: str


@dataclass(frozen=True, kw_only=True)
class IncidentRaised(Event):
    name = "case.incident_raised"
    node: str
    operation: str
    code: str


@dataclass(frozen=True, kw_only=True)
class CaseEnded(Event):
    name = "case.ended"


@dataclass(frozen=True, kw_only=True)
class PerformerMissing(Event):
    name = "case.performer_missing"
    task_id: str
    code: str


@dataclass(frozen=True, kw_only=True)
class ChildEnded(Event):
    name = "case.child_ended"
    parent_id: str


@dataclass(frozen=True, kw_only=True)
class Escalated(Event):
    name = "case.escalated"
    task_id: str


@dataclass(frozen=True, kw_only=True)
class Urged(Event):
    name = "case.urged"
    tasks: int


@dataclass(frozen=True, kw_only=True)
class CaseDiscarded(Event):
    name = "case.discarded"
    task_id: str


@dataclass(frozen=True, kw_only=True)
class WorkAssigned(Event):
    name = "case.work_assigned"
    posts: int


@dataclass(frozen=True, kw_only=True)
class SlipItemDone(Event):
    name = "case.slip_item_done"
    slip_item_id: str
