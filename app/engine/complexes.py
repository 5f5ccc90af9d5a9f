"""Complex gateways: the way on opens as soon as enough has come together, and what comes late ends there.

How much is enough says the activation condition (BPMN 2.0, 13.4.5). It may ask for `activationCount`, the number of
ways in on which a token waits, beside all that the tokens know. After it has opened, the gateway takes the tokens that
still come on the other ways; when none can come any more, it waits for the next round. A gateway that only parts flows
parts them as an inclusive one.
"""

from typing import Any

from SpiffWorkflow.bpmn.parser.task_parsers import ConditionalGatewayParser

from app.engine.branches import Token, together
from app.engine.joins import InclusiveGateway, arrived_at
from app.engine.xml import bpmn

_SPENT = "complex"


class ComplexGateway(InclusiveGateway):
    """Opens when its condition holds for the first tokens of a round; the others of the round end here."""

    activation: str | None = None

    def reset(self, flow: Any) -> None:
        """Begin a new round once no token of the last one can come any more."""
        spent = self._spent(flow)
        if spent and self._is_last(flow, set(spent)):
            del flow.task_tree.internal_data[_SPENT][self.name]
            flow.update_waiting_tasks()

    def _update_hook(self, my_task: Any) -> bool:
        flow = my_task.workflow
        spent, way = self._spent(flow), self._input_of(my_task)
        if spent and way not in spent and my_task in self._arrivals(my_task):
            spent.append(way)
            my_task.cancel()
            return False
        ways_in = [self._input_of(one) for one in self._arrivals(my_task)]
        if not super()._update_hook(my_task):
            return False
        if self.activation is not None:
            flow.task_tree.internal_data.setdefault(_SPENT, {})[self.name] = ways_in
        return True

    def _enough(self, my_task: Any, arrived: list[Any]) -> bool:
        if self.activation is None:
            return True
        if self._spent(my_task.workflow):
            return False
        known = together([Token(one, one.parent.data, arrived_at(one)) for one in arrived])
        names = {**known, "activationCount": len(arrived)}
        return bool(my_task.workflow.script_engine.value(my_task, self.activation, names))

    def _spent(self, flow: Any) -> list[str]:
        """The ways in from which this round has taken a token, once the gateway has opened."""
        found: list[str] = flow.task_tree.internal_data.get(_SPENT, {}).get(self.name, [])
        return found


class ComplexParser(ConditionalGatewayParser):
    """Reads a complex gateway."""

    def create_task(self) -> Any:
        """The gateway with its activation condition."""
        gateway = super().create_task()
        gateway.activation = self.node.findtext(bpmn("activationCondition"))
        return gateway
