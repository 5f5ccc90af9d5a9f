"""The part of BPMN that eOffice runs: every element, with the attributes and children it may have.

What is not listed is refused. The library underneath accepts much more and then ignores it, runs it as something
else, or stops without a word (signals on ends, conditions on flows out of tasks, ad-hoc sub-processes ...).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.engine.repetition import INSTANCES, LOOP

HUMAN = frozenset({"userTask", "manualTask", "task"})
OPERATING = frozenset({"serviceTask", "sendTask"})
_SILENT = frozenset({"scriptTask", "businessRuleTask", "receiveTask"})
ACTIVITIES = HUMAN | OPERATING | _SILENT | {"subProcess", "callActivity"}
UNFAILING = HUMAN | _SILENT  # nothing in them raises an error that an event could catch
CHOOSING = frozenset({"exclusiveGateway", "inclusiveGateway", "complexGateway"})
GATEWAYS = CHOOSING | {"parallelGateway", "eventBasedGateway"}
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
NODES = ACTIVITIES | GATEWAYS | EVENTS
TIMES = frozenset({"timeDate", "timeDuration", "timeCycle"})

DRAWN = frozenset({"dataObject", "dataObjectReference", "dataStoreReference", "dataStore"})
REASONS: Mapping[str, str] = {
    **dict.fromkeys(("ioSpecification", "dataInputAssociation", "dataOutputAssociation", "property"), "diagram.data"),
    "adHocSubProcess": "diagram.ad_hoc",
    "activationCondition": "diagram.complex",
    "transaction": "diagram.transaction",
}

_ANNOTATIONS = frozenset({"textAnnotation", "association", "group"})
_FLOW = frozenset({"incoming", "outgoing"})
_SCOPE = NODES | _ANNOTATIONS | {"sequenceFlow", "laneSet"} | (DRAWN - {"dataStore"})


@dataclass(frozen=True)
class Shape:
    """What an element may hold; `fixed` are attributes that may be written with one value only."""

    attributes: frozenset[str] = frozenset()
    children: frozenset[str] = frozenset()
    fixed: Mapping[str, str] | None = None


def _shape(attributes: str = "", children: frozenset[str] = frozenset(), **fixed: str) -> Shape:
    return Shape(frozenset(attributes.split()), children, fixed)


def _activity(attributes: str = "", children: frozenset[str] = frozenset(), **fixed: str) -> Shape:
    once = {"startQuantity": "1", "completionQuantity": "1"}
    repeated = _FLOW | {LOOP, INSTANCES}
    return _shape(f"default isForCompensation {attributes}", repeated | children, **once, **fixed)


_UNDO = frozenset({"compensateEventDefinition"})
_HEARD = frozenset({"messageEventDefinition", "signalEventDefinition"})
_FAULTS = frozenset({"errorEventDefinition", "escalationEventDefinition"})
_CAUGHT = _HEARD | {"timerEventDefinition", "conditionalEventDefinition"}

ELEMENTS: Mapping[str, Shape] = {
    "definitions": _shape(
        "targetNamespace exporter exporterVersion expressionLanguage typeLanguage",
        frozenset({"process", "collaboration", "error", "category", "dataStore", "message", "signal", "escalation"}),
    ),
    "process": _shape("processType", _SCOPE, isExecutable="true", isClosed="false"),
    "collaboration": _shape("isClosed", frozenset({"participant"}) | _ANNOTATIONS),
    "participant": _shape("processRef"),
    "laneSet": _shape("", frozenset({"lane"})),
    "lane": _shape("", frozenset({"flowNodeRef", "childLaneSet"})),
    "childLaneSet": _shape("", frozenset({"lane"})),
    "flowNodeRef": _shape(),
    "incoming": _shape(),
    "outgoing": _shape(),
    "documentation": _shape("textFormat"),
    "error": _shape("errorCode"),
    "message": _shape(),
    "signal": _shape(),
    "escalation": _shape("escalationCode"),
    "category": _shape("", frozenset({"categoryValue"})),
    "categoryValue": _shape("value"),
    "textAnnotation": _shape("textFormat", frozenset({"text"})),
    "text": _shape(),
    "association": _shape("sourceRef targetRef associationDirection"),
    "group": _shape("categoryValueRef"),
    "dataObject": _shape("isCollection", frozenset({"dataState"})),
    "dataObjectReference": _shape("dataObjectRef", frozenset({"dataState"})),
    "dataStoreReference": _shape("dataStoreRef", frozenset({"dataState"})),
    "dataStore": _shape("capacity isUnlimited", frozenset({"dataState"})),
    "dataState": _shape(),
    "sequenceFlow": _shape("sourceRef targetRef", frozenset({"conditionExpression"}), isImmediate="true"),
    "conditionExpression": _shape("{http://www.w3.org/2001/XMLSchema-instance}type"),
    "startEvent": _shape("isInterrupting", _FLOW | _CAUGHT | _FAULTS, parallelMultiple="false"),
    "endEvent": _shape("", _FLOW | _HEARD | _FAULTS | _UNDO | {"terminateEventDefinition"}),
    "intermediateCatchEvent": _shape("", _FLOW | _CAUGHT, parallelMultiple="false"),
    "intermediateThrowEvent": _shape("", _FLOW | _HEARD | _UNDO | {"escalationEventDefinition"}),
    "boundaryEvent": _shape(
        "attachedToRef cancelActivity", _FLOW | _CAUGHT | _FAULTS | _UNDO, parallelMultiple="false"
    ),
    **{name: _activity() for name in HUMAN},
    "serviceTask": _activity(),
    "sendTask": _activity("messageRef"),
    "receiveTask": _activity("messageRef", instantiate="false"),
    "scriptTask": _activity("scriptFormat", frozenset({"script"})),
    "script": _shape(),
    "businessRuleTask": _activity(),
    "callActivity": _activity("calledElement"),
    "subProcess": _activity("triggeredByEvent", _SCOPE),
    "exclusiveGateway": _shape("default gatewayDirection", _FLOW),
    "inclusiveGateway": _shape("default gatewayDirection", _FLOW),
    "complexGateway": _shape("default gatewayDirection", _FLOW | {"activationCondition"}),
    "parallelGateway": _shape("gatewayDirection", _FLOW),
    "eventBasedGateway": _shape("gatewayDirection", _FLOW, instantiate="false", eventGatewayType="Exclusive"),
    "timerEventDefinition": _shape("", TIMES),
    "errorEventDefinition": _shape("errorRef"),
    "messageEventDefinition": _shape("messageRef"),
    "signalEventDefinition": _shape("signalRef"),
    "escalationEventDefinition": _shape("escalationRef"),
    "compensateEventDefinition": _shape("activityRef", waitForCompletion="true"),
    "conditionalEventDefinition": _shape("", frozenset({"condition"})),
    "condition": _shape("{http://www.w3.org/2001/XMLSchema-instance}type"),
    "terminateEventDefinition": _shape(),
    **{name: _shape("{http://www.w3.org/2001/XMLSchema-instance}type") for name in TIMES},
    LOOP: _shape("testBefore loopMaximum", frozenset({"loopCondition"})),
    INSTANCES: _shape(
        "isSequential",
        frozenset({"loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem"})
        | {"loopCardinality", "completionCondition"},
        behavior="All",
    ),
    "loopDataInputRef": _shape(),
    "loopDataOutputRef": _shape(),
    "inputDataItem": _shape(),
    "outputDataItem": _shape(),
    **{
        name: _shape("{http://www.w3.org/2001/XMLSchema-instance}type")
        for name in ("loopCondition", "loopCardinality", "completionCondition", "activationCondition")
    },
}
EVERYWHERE = frozenset({"id", "name"})
CHILDREN_EVERYWHERE = frozenset({"documentation", "extensionElements"})
