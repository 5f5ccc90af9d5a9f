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
    incident_id: str
    node: str
    code: str


@dataclass(frozen=True, kw_only=True)
class IncidentOvertaken(Event):
    name = "case.incident_overtaken"
    incident_id: str
    how: str


@dataclass(frozen=True, kw_only=True)
class IncidentRepaired(Event):
    name = "case.incident_repaired"
    incident_id: str
    how: str
    outcome: str
    reason: str
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class IncidentNoted(Event):
    name = "case.incident_noted"
    incident_id: str


@dataclass(frozen=True, kw_only=True)
class CaseEnded(Event):
    name = "case.ended"


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


@dataclass(frozen=True, kw_only=True)
class BulkBegun(Event):
    name = "bulk.begun"
    act: str
    cases: int


@dataclass(frozen=True, kw_only=True)
class BulkEnded(Event):
    name = "bulk.ended"
    act: str


@dataclass(frozen=True, kw_only=True)
class JobRevived(Event):
    name = "job.revived"
    kind: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class CaseMigrated(Event):
    name = "case.migrated"
    bulk_id: str
    version_from: str
    version_to: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class CaseMovedBack(Event):
    name = "case.moved_back"
    bulk_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class CaseReopened(Event):
    name = "case.reopened"
    node: str
    reason: str
