"""Blocks of events for random diagrams: at the edge of activities, over whole processes, between steps and at ends.

Before everything that throws stands a person's task: of two things that happen by themselves at the same moment the
standard does not say which comes first.
"""

from collections import Counter

from tests.engine.diagrams import boundary, error, escalation, gateway, message, node, service, signal, timer, wires
from tests.engine.graphs import Event
from tests.engine.random_activities import Activities, Block
from tests.engine.sheets import Sheet

NAMES = "".join(
    [
        *(f'<bpmn:signal id="sig_{name}" name="{name}"/>' for name in ("storm", "calm", "alarm")),
        *(f'<bpmn:error id="err_{name}" errorCode="{name}"/>' for name in ("refused", "lost")),
        *(f'<bpmn:escalation id="esc_{name}" escalationCode="{name}"/>' for name in ("late", "dear")),
    ]
)
CODES = {"error": ("refused", "lost", ""), "escalation": ("late", "dear", "")}
OUTSIDE = ("timer", "message", "signal")


class Events(Activities):
    """Draws blocks full of events."""

    more: tuple[str, ...] = (
        "edged",
        "edged",
        "edged",
        "race",
        "catch",
        "throw",
        "stop",
        "sub",
        "call",
        "call",
        "complex",
    )

    def __init__(self, seed: int, *, events: bool) -> None:
        super().__init__(seed)
        self.events = events
        self.letters: list[str] = []
        self.caught: Counter[str] = Counter()
        if events:
            self.kinds += self.more

    def _event(self, sheet: Sheet, key: str, event: Event) -> str:
        """An event in both drawings: gives its definition."""
        sheet.graph.events[key] = event
        if event.trigger == "message":
            self.letters.append(key)
            return message(f"m_{key}")
        if event.trigger == "signal":
            return signal(f"sig_{event.name}")
        if event.trigger == "terminate":
            return "<bpmn:terminateEventDefinition/>"
        made = {"error": ("err_", error), "escalation": ("esc_", escalation)}
        if event.trigger in made:
            prefix, drawn = made[event.trigger]
            return drawn(f"{prefix}{event.name}" if event.name else "")
        return timer("P1D")

    def _call(self, sheet: Sheet, _depth: int, inside: str = "") -> tuple[str, str]:
        """A machine that answers later, or fails."""
        name = self._name("op")
        sheet.put(name, "call", service(name, "", inside))
        return name, name

    def _waits(self, host: Block, number: int) -> list[Event]:
        """What a host of a kind may have at its edge: of one kind no two that could happen together."""
        triggers = ["timer", "timer", *(OUTSIDE if self.events else ())]
        if self.events and host in {self._call, self._sub}:
            triggers.append("error")
        if self.events and host == self._sub:
            triggers.append("escalation")
        found: dict[object, Event] = {}
        for _ in range(number):
            trigger = self.dice.choice(triggers)
            cancels = trigger == "error" or self.dice.random() < 0.5
            name = self.dice.choice(CODES[trigger]) if trigger in CODES else ""
            name = self.dice.choice(("storm", "calm")) if trigger == "signal" else name
            found[trigger, name or (cancels and trigger == "timer")] = Event(trigger, name, cancels)
        return list(found.values())

    def _edged(self, sheet: Sheet, depth: int) -> tuple[str, str]:
        """An activity with events at its edge, beside it or taking it away."""
        makers: list[Block] = [self._user, self._sub, self._repeated, *([self._call, self._sub] if self.events else [])]
        make = self.dice.choice(makers)
        waits = self._waits(make, self.dice.choice([1, 2, 3] if self.events else [1, 2]))
        errors = [one.name for one in waits if one.trigger == "error" and make == self._sub]
        self.caught.update(errors)
        host, _ = make(sheet, depth)
        self.caught.subtract(errors)
        merge = self._name("m")
        sheet.put(merge, "exclusive", gateway("exclusive", merge))
        sheet.join(host, merge)
        for one in waits:
            key = self._name("t")
            sheet.put(key, "edge", boundary(key, host, self._event(sheet, key, one), cancels=one.cancels))
            sheet.graph.hosts[key] = host
            self._after(sheet, key, merge if one.cancels else "")
        return host, merge

    def _after(self, sheet: Sheet, key: str, merge: str) -> None:
        """The way on after an event at an edge: back to the others, or to an end of its own."""
        self.crowded += not merge  # several may be open at once in a loop
        after, last = self.dice.choice([self._user, self._service])(sheet, 0)
        self.crowded -= not merge
        sheet.join(key, after)
        end = merge or self._name("end")
        sheet.join(last, merge or sheet.put(end, "end", node("endEvent", end)))

    def _race(self, sheet: Sheet, depth: int) -> tuple[str, str]:
        """Several events, whichever comes first."""
        gate, merge = self._name("g"), self._name("m")
        sheet.put(gate, "race", node("eventBasedGateway", gate))
        sheet.put(merge, "exclusive", gateway("exclusive", merge))
        for trigger in self.dice.sample(OUTSIDE, self.dice.choice([2, 3])):
            event = self._waiting(sheet, trigger)
            start, end = self._block(sheet, depth)
            sheet.join(gate, event)
            sheet.join(event, start)
            sheet.join(end, merge)
        return gate, merge

    def _catch(self, sheet: Sheet, _depth: int) -> tuple[str, str]:
        """A token that waits for something."""
        event = self._waiting(sheet, self.dice.choice(OUTSIDE))
        return event, event

    def _waiting(self, sheet: Sheet, trigger: str) -> str:
        key = self._name("c")
        name = self.dice.choice(("storm", "calm")) if trigger == "signal" else ""
        inside = self._event(sheet, key, Event(trigger, name))
        return sheet.put(key, "catch", node("intermediateCatchEvent", key, inside))

    def _throw(self, sheet: Sheet, _depth: int) -> tuple[str, str]:
        """Something thrown between two steps."""
        first, _ = self._user(sheet, 0)
        key = self._name("v")
        inside = self._event(sheet, key, self._thrown(("signal", "escalation")))
        sheet.join(first, sheet.put(key, "throw", node("intermediateThrowEvent", key, inside)))
        return first, key

    def _thrown(self, triggers: tuple[str, ...]) -> Event:
        trigger = self.dice.choice(triggers)
        names = {"signal": ("storm", "calm", "alarm"), "escalation": ("late", "dear"), "error": ("refused", "lost")}
        if trigger == "error":
            return Event(trigger, next(iter(+self.caught)) or self.dice.choice(names[trigger]))
        return Event(trigger, self.dice.choice(names[trigger]) if trigger in names else "")

    def _stop(self, sheet: Sheet, _depth: int) -> tuple[str, str]:
        """An end in the middle that takes everything around it away."""
        split, after = self._name("x"), self._name("k")
        sheet.put(split, "exclusive", gateway("exclusive", split, after))
        sheet.put(after, "service", service(after))
        first = self._decision(sheet, split)
        last, _ = self._user(sheet, 0)
        sheet.join(split, last, 3, f"d_{split}")
        sheet.join(split, after)
        self._end(sheet, last, self._thrown(("terminate", "error", "error") if +self.caught else ("terminate",)))
        return first, after

    def _end(self, sheet: Sheet, last: str, event: Event) -> None:
        key = self._name("z")
        inside = self._event(sheet, key, event)
        sheet.join(last, sheet.put(key, "throw", node("endEvent", key, inside)))

    def _complex(self, sheet: Sheet, depth: int) -> tuple[str, str]:
        """A sub-process where some of several ways are enough to go on."""
        name, inside = self._name("sub"), Sheet()
        start, end, split, join = f"{name}s", f"{name}e", self._name("g"), self._name("j")
        number = self.dice.choice([2, 3])
        inside.put(start, "start", node("startEvent", start))
        inside.put(end, "end", node("endEvent", end))
        inside.put(split, "parallel", gateway("parallel", split))
        enough = inside.graph.enough[join] = self.dice.randrange(1, number + 1)
        inside.put(join, "complex", node("complexGateway", join, _activation(enough)))
        for _ in range(number):
            first, last = self._block(inside, depth - 1)
            mark, _ = self._user(inside, 0)
            for one, two in ((split, first), (last, mark), (mark, join)):
                inside.join(one, two)
        rest = self._block(inside, depth - 1)
        for one, two in ((start, split), (join, rest[0]), (rest[1], end)):
            inside.join(one, two)
        return self._enclose(sheet, name, inside)

    def _sub(self, sheet: Sheet, depth: int, repeated: str = "") -> tuple[str, str]:
        """A sub-process, perhaps with event sub-processes, perhaps with an end that throws."""
        if not self.events:
            return super()._sub(sheet, depth, repeated)
        name, inside = self._name("sub"), Sheet()
        self._scope(inside, name, 1, depth)
        return self._enclose(sheet, name, inside, repeated)

    def _scope(self, sheet: Sheet, name: str, blocks: int, depth: int) -> None:
        """The inside of a process or sub-process with its event sub-processes."""
        handlers = self._handlers()
        errors = [one.name for one in handlers if one.trigger == "error"]
        self.caught.update(errors)
        self.watched += bool(handlers)
        made = [self._block(sheet, depth) for _ in range(blocks)]
        event = self.dice.choice([None, None, Event("terminate"), self._thrown(("signal", "escalation"))])
        if event is not None:
            made.append(self._user(sheet, 0))
        self._framed(sheet, f"{name}s", f"{name}e", made)
        if event is not None:
            drawn = node("endEvent", f"{name}e")
            inside = self._event(sheet, f"{name}e", event)
            sheet.put(f"{name}e", "throw", node("endEvent", f"{name}e", inside))
            sheet.elements.remove(drawn)
        self.caught.subtract(errors)
        for one in handlers:
            self._handler(sheet, one, depth)
        self.watched -= bool(handlers)

    def _handlers(self) -> list[Event]:
        """What a process or sub-process listens to: one of a kind, and at most one that cancels by time or signal."""
        if self.dice.random() < 0.5:
            return []
        found = {}
        for trigger in self.dice.sample((*OUTSIDE, *CODES), self.dice.choice([1, 1, 2])):
            name = "alarm" if trigger == "signal" else self.dice.choice(CODES.get(trigger, ("",)))
            found[trigger] = Event(trigger, name, trigger == "error" or self.dice.random() < 0.5)
        return list(found.values())

    def _handler(self, sheet: Sheet, event: Event, depth: int) -> None:
        name, inside = self._name("h"), Sheet()
        start = f"{name}s"
        crowded = not event.cancels and event.trigger != "timer"
        self.crowded += crowded
        self._framed(inside, start, f"{name}e", [self._block(inside, min(depth, 1))])
        self.crowded -= crowded
        drawn = node("startEvent", start, self._event(sheet, name, event), isInterrupting=str(event.cancels).lower())
        body = "".join(inside.elements).replace(node("startEvent", start), drawn) + wires(";".join(inside.flows))
        sheet.put(name, "handler", node("subProcess", name, body, triggeredByEvent="true"))
        sheet.graph.handlers[name] = inside.graph


def _activation(enough: int) -> str:
    return f"<bpmn:activationCondition><![CDATA[activationCount >= {enough}]]></bpmn:activationCondition>"
