"""What follows at the sender from news of a delivery, by what its message is for."""

from app.domain.actors.actor import Actor
from app.domain.exchange import following, recalling, succeeding
from app.domain.exchange.models import Delivery
from interchange.envelope import WISHES


def draw(actor: Actor, delivery: Delivery, code: str = "") -> None:
    """Let everything that waits for it go on; `code` is the status that was heard, if one was.

    The case that sent the message must be locked by the caller.
    """
    message = delivery.message
    if message.kind == "recall":
        given_back = recalling.hear_answer(actor, delivery)
        recalling.settle(actor, message)
        if given_back is not None and given_back.message.kind in WISHES:
            succeeding.settle(actor, given_back.message)  # who was asked to take it needs no more answer
        return
    following.go_on(actor, message)
    if message.kind in WISHES:
        succeeding.hear_answer(actor, delivery, code)
