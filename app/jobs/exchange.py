"""What the exchange does in jobs: messages are brought to their recipients, and receipts back to the senders."""

from collections.abc import Callable, Mapping, Sequence

from app.jobs import delivering, telling
from app.kernel.outbox import Claim

HANDLERS: dict[str, Callable[[Claim], None]] = {
    "exchange.deliver": delivering.deliver,
    "exchange.tell": telling.tell,
}
TOGETHER: Mapping[str, Callable[[Sequence[Claim], Callable[[], None]], None]] = {
    "exchange.deliver": delivering.deliver_some,
    "exchange.tell": telling.tell_some,
}
"""What can be done for several that go to one peer; the second argument is called whenever that has answered."""
