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


@dataclass(frozen=True, kw_only=True)
class MessageSent(Event):
    name = "case.message_sent"
    message_id: str


@dataclass(frozen=True, kw_only=True)
class MessageTaken(Event):
    name = "case.message_taken"
    message_id: str


@dataclass(frozen=True, kw_only=True)
class SignalSent(Event):
    name = "case.signal_sent"
    message_id: str


@dataclass(frozen=True, kw_only=True)
class SignalReached(Event):
    name = "case.signal_reached"
    case_id: str
    message_id: str


@dataclass(frozen=True, kw_only=True)
class TriggerPulled(Event):
    name = "trigger.pulled"
    trigger_id: str
    message_id: str | None


@dataclass(frozen=True, kw_only=True)
class TriggerSwitchedOn(Event):
    name = "trigger.switched_on"
    procedure: str
    unit_id: str


@dataclass(frozen=True, kw_only=True)
class TriggerSwitchedOff(Event):
    name = "trigger.switched_off"
    procedure: str
    unit_id: str


@dataclass(frozen=True, kw_only=True)
class ClockPaused(Event):
    name = "case.clock_paused"
    pause_id: str


@dataclass(frozen=True, kw_only=True)
class ClockResumed(Event):
    name = "case.clock_resumed"
    pause_id: str


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
class TaskReturned(Event):
    name = "case.task_returned"
    task_id: str
    to_id: str


@dataclass(frozen=True, kw_only=True)
class TaskSentOn(Event):
    name = "case.task_sent_on"
    task_id: str
    node: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class TaskWithdrawn(Event):
    name = "case.task_withdrawn"
    task_id: str


@dataclass(frozen=True, kw_only=True)
class TaskDelegated(Event):
    name = "case.task_delegated"
    task_id: str
    post_id: str
    to_post_id: str


@dataclass(frozen=True, kw_only=True)
class DelegationEnded(Event):
    name = "case.delegation_ended"
    task_id: str
    post_id: str


@dataclass(frozen=True, kw_only=True)
class TaskReassigned(Event):
    name = "case.task_reassigned"
    task_id: str
    to_post_id: str


@dataclass(frozen=True, kw_only=True)
class TaskClaimed(Event):
    name = "case.task_claimed"
    task_id: str


@dataclass(frozen=True, kw_only=True)
class TaskUnclaimed(Event):
    name = "case.task_unclaimed"
    task_id: str


@dataclass(frozen=True, kw_only=True)
class CosignerAdded(Event):
    name = "case.cosigner_added"
    asked_id: str
    to_post_id: str


@dataclass(frozen=True, kw_only=True)
class CosignerRemoved(Event):
    name = "case.cosigner_removed"
    asked_id: str
    to_post_id: str


@dataclass(frozen=True, kw_only=True)
class OpinionAsked(Event):
    name = "case.opinion_asked"
    asked_id: str
    to_post_id: str


@dataclass(frozen=True, kw_only=True)
class OpinionGiven(Event):
    name = "case.opinion_given"
    task_id: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class CaseSuspended(Event):
    name = "case.suspended"


@dataclass(frozen=True, kw_only=True)
class CaseResumed(Event):
    name = "case.resumed"


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
