"""What BPMN 2.0 (OMG formal/2013-12-09) knows, whether we run it or not: its elements by what they are."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ACTIVITIES = _words(
    "task userTask manualTask scriptTask serviceTask sendTask receiveTask businessRuleTask"
    " subProcess adHocSubProcess transaction callActivity"
)
GATEWAYS = _words("exclusiveGateway inclusiveGateway parallelGateway complexGateway eventBasedGateway")
EVENTS = _words("startEvent endEvent intermediateCatchEvent intermediateThrowEvent boundaryEvent implicitThrowEvent")
NODES = ACTIVITIES | GATEWAYS | EVENTS
CHOREOGRAPHY = _words("choreographyTask subChoreography callChoreography")
FLOWS = _words("sequenceFlow messageFlow")
DATA = _words(
    "dataObject dataObjectReference dataStore dataStoreReference dataInput dataOutput"
    " dataInputAssociation dataOutputAssociation property"
)
SWIMLANES = _words("participant lane")
ARTIFACTS = _words("textAnnotation association group")
DEFINITIONS = _words(
    "cancelEventDefinition compensateEventDefinition conditionalEventDefinition errorEventDefinition"
    " escalationEventDefinition linkEventDefinition messageEventDefinition signalEventDefinition"
    " terminateEventDefinition timerEventDefinition"
)
ROOTS = _words(
    "process collaboration choreography globalConversation globalTask globalUserTask globalManualTask globalScriptTask"
    " globalBusinessRuleTask globalChoreographyTask category correlationProperty endPoint error escalation interface"
    " itemDefinition message partnerEntity partnerRole resource signal"
)
DRAWN = _words("process collaboration choreography globalConversation")
DECLARATIONS = (ROOTS - DRAWN) | _words("dataStore import extension relationship")
"""What stands beside the processes for others to refer to."""
PARTS = _words(
    "definitions import extension relationship source target documentation extensionElements incoming outgoing laneSet"
    " childLaneSet flowNodeRef partitionElement conditionExpression text script condition categoryValue auditing"
    " monitoring supports ioSpecification ioBinding inputSet outputSet dataInputRefs dataOutputRefs sourceRef targetRef"
    " transformation assignment from to dataState inputSetRefs outputSetRefs optionalInputRefs optionalOutputRefs"
    " whileExecutingInputRefs whileExecutingOutputRefs multiInstanceLoopCharacteristics standardLoopCharacteristics"
    " loopCardinality loopCondition loopDataInputRef loopDataOutputRef inputDataItem outputDataItem completionCondition"
    " complexBehaviorDefinition event noneBehaviorEventRef oneBehaviorEventRef eventDefinitionRef timeDate timeDuration"
    " timeCycle rendering resourceRole performer humanPerformer potentialOwner resourceRef resourceParameter"
    " resourceParameterBinding resourceAssignmentExpression expression formalExpression operation inMessageRef"
    " outMessageRef errorRef interfaceRef operationRef endPointRef participantRef participantMultiplicity"
    " participantAssociation innerParticipantRef outerParticipantRef messageFlowAssociation messageFlowRef"
    " messagePath dataPath correlationKey correlationPropertyRef correlationPropertyRetrievalExpression"
    " correlationPropertyBinding correlationSubscription conversation conversationNode"
    " conversationLink subConversation callConversation"
    " conversationAssociation choreographyRef activationCondition artifact baseElement baseElementWithMixedContent"
    " callableElement catchEvent throwEvent flowElement flowNode gateway activity eventDefinition loopCharacteristics"
    " rootElement linkEventDefinitionSource categoryValueRef supportedInterfaceRef"
)
NAMED = NODES | CHOREOGRAPHY | FLOWS | DATA | SWIMLANES | ARTIFACTS | ROOTS
"""What a person sees or names in a diagram; everything else is a part of one of these."""
EVERYTHING = NAMED | DEFINITIONS | PARTS
