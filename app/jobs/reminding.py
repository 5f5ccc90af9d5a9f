"""What the clock looks at now and then: work that is late, and work that nobody could be found for."""

from app.domain.cases import mending, reminding
from app.domain.exchange import alerts
from app.domain.signatures import expiry
from app.gateways.files import FileStore


def reminders(_store: FileStore) -> int:
    """Remind of what is nearly due or late, and tell superiors. Any number of clocks: a notice is written once."""
    return reminding.remind() + reminding.escalate()


def assignments(_store: FileStore) -> int:
    """Give work back to whoever it was for; how much that was."""
    return sum(mending.mend(incident_id) for incident_id in mending.waiting())


def certificates(_store: FileStore) -> int:
    """Remind signers of certificates that end. Any number of clocks: each stage is told once."""
    return expiry.remind()


def exchange(_store: FileStore) -> int:
    """Tell clerks what was not stored within an hour, was lost, or was not registered on its day; each once."""
    return alerts.silent() + alerts.lost() + alerts.unregistered()
