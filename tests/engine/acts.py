"""What people, machines, time and other cases do to the tokens of the interpreter, given the outermost run."""

from tests.engine.graphs import Data, telling
from tests.engine.tokens import Place, Run, drop


def complete(root: Run, node: str, known: Data, news: Data) -> None:
    """Let somebody finish work at a node where this is known, writing something."""
    run, place = _work(root, node, known)
    run.places.remove(place)
    run.leave(node, place.data | news)
    root.settle()


def fail(root: Run, node: str, known: Data, code: str) -> bool:
    """Let a machine fail at a node where this is known; False when nobody catches the error."""
    run, place = _work(root, node, known)
    caught = run.caught("error", code, place)
    root.settle()
    return caught


def tell(root: Run, trigger: str, name: str = "") -> None:
    """Let time pass, or a signal be heard."""
    root.hear(trigger, name)
    root.settle()


def deliver(root: Run, event: str) -> None:
    """Let a message come to the one event that waits for it."""
    for run in root.all_runs():
        spots: list[Place | None] = [place for place in run.places if event in place.waits]
        spots += [None] if event in run.watching else []
        for spot in spots:
            run.happen(event, spot)
    root.settle()


def move(root: Run, node: str, known: Data, target: str, news: Data) -> None:
    """Put the token of a person's work where this is known at another node; of repetitions all go together."""
    run, place = _work(root, node, known)
    if run.outer is not None and node in run.outer.graph.repeats:
        around = run.outer
        run, place = around, next(one for one in around.places if run in one.runs)
    run.places.remove(place)
    drop(place)
    run.put(target, place.data | news)
    root.settle()


def renew(root: Run, node: str, known: Data, news: Data) -> None:
    """Let a person's work begin anew where it waits, knowing something more."""
    run, place = _work(root, node, known)
    place.data, place.waits = place.data | news, run.graph.around(node)


def _work(root: Run, node: str, known: Data) -> tuple[Run, Place]:
    places = [(run, place) for run in root.all_runs() for place in run.places if run.is_work(place)]
    return next((run, one) for run, one in places if one.node == node and telling(one.data) == known)
