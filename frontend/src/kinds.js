// What elements are called, by their kind and by their name.
import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';
import { kindOf } from './facts.js';
import { t } from './translate.js';

const KINDS = {
  Process: () => t('Procedure'), Collaboration: () => t('Diagram'), Participant: () => t('Pool'), Lane: () => t('Lane'),
  UserTask: () => t('User task'), ManualTask: () => t('Manual task'), Task: () => t('Task'), ServiceTask: () => t('Service task'),
  SendTask: () => t('Send task'), ReceiveTask: () => t('Receive task'), ScriptTask: () => t('Script task'),
  BusinessRuleTask: () => t('Business rule task'), CallActivity: () => t('Call activity'), SubProcess: () => t('Sub-process'),
  StartEvent: () => t('Start event'), EndEvent: () => t('End event'), BoundaryEvent: () => t('Boundary event'),
  IntermediateCatchEvent: () => t('Intermediate event'), IntermediateThrowEvent: () => t('Intermediate event'),
  ExclusiveGateway: () => t('Exclusive gateway'), ParallelGateway: () => t('Parallel gateway'), InclusiveGateway: () => t('Inclusive gateway'),
  ComplexGateway: () => t('Complex gateway'), EventBasedGateway: () => t('Event-based gateway'), SequenceFlow: () => t('Sequence flow'),
  TextAnnotation: () => t('Note'), Group: () => t('Group'),
};

export const kindName = (element) => (KINDS[kindOf(element)] ?? (() => t('Element')))();

export function labelOf(element) {
  const bo = getBusinessObject(element);
  return (bo.name || bo.text || kindName(element)).slice(0, 80);
}
