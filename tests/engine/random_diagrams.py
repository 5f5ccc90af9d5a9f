"""Random diagrams from a seed, drawn once as BPMN for the engine and once as a graph for the token interpreter."""

from tests.engine.diagrams import document
from tests.engine.graphs import Graph
from tests.engine.random_events import NAMES, Events
from tests.engine.sheets import Sheet


class Generator(Events):
    """Draws one random diagram; without `events` it has no other than timers at the edge of activities."""

    def __init__(self, seed: int, *, events: bool = True) -> None:
        super().__init__(seed, events=events)
        self.xml, self.graph = self._process()

    def _process(self) -> tuple[bytes, Graph]:
        sheet = Sheet()
        if self.events:
            self._scope(sheet, "p", 3, 3)
        else:
            self._framed(sheet, "s", "e", [self._block(sheet, 3) for _ in range(3)])
        drawn = "".join(sheet.elements)
        for place in range(3):
            shown = [f"last_{name}" for name in self.users][place * 90 : place * 90 + 90]
            drawn = drawn.replace(f"@{place}", f"[{','.join(shown)}]")
        beside = NAMES + "".join(f'<bpmn:message id="m_{key}" name="{key}"/>' for key in self.letters)
        return document(drawn, ";".join(sheet.flows), beside=beside), sheet.graph
