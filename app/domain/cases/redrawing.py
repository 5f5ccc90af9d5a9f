"""What a draft diagram would change in finished cases: the steps it adds on their way, and those it passes by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.cases import replay
from app.domain.cases.measuring import Measured
from app.domain.cases.supposing import Added, Change, Removed, Run
from app.domain.procedures.assembly import Assembled
from app.domain.procedures.trials import Ask
from app.engine.overriding import references


@dataclass(frozen=True)
class Redrawn:
    """What changes in each case, and how many cases could not be played to their end and stay as they were."""

    changes: Mapping[str, tuple[Change, ...]]
    stuck: int
    added: tuple[str, ...]

    def of(self, run: Run) -> Sequence[Change]:
        """What changes in one case."""
        return self.changes.get(run.id, ())


def redrawn(found: Measured, target: Assembled, days: int, ask: Ask) -> Redrawn:
    """Play finished cases on a diagram; each step that none of them had takes so many working days there."""
    drawn = {version.id: references(version.bpmn).steps for version in {case.version for case in found.cases}}
    known = {step for steps in drawn.values() for step in steps}
    added = tuple(step for step in references(target.bpmn).steps if step not in known)
    ways = replay.ways(found.cases, target, added, ask)
    runs = {run.id: run for run in found.runs}
    changes = {
        str(case_id): tuple(_changes(runs[str(case_id)], way, added, days))
        for case_id, way in ways.items()
        if way is not None
    }
    return Redrawn(changes, len(found.runs) - len(changes), added)


def _changes(run: Run, way: Sequence[str], added: Sequence[str], days: int) -> list[Change]:
    """A step more comes after the last one before it that a person did; a step is gone when the way never passes it."""
    done = {step.node for step in run.steps}
    changes: list[Change] = [Removed(node) for node in sorted(done - set(way))]
    last = ""
    for node in way:
        if node in added:
            changes.append(Added(last, days))
        elif node in done:
            last = node
    return changes
