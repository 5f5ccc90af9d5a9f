// The panel beside the drawing: what the selected element says, and the questions it asks.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { Event, Joining, Repetition, Script } from './events.jsx';
import { Reading } from './fields.jsx';
import { Assignment, Called, Decision, Flow, General, Office, Procedure, Work, asksCondition, isHuman } from './groups.jsx';
import { kindName } from './kinds.js';
import { Operation } from './operations.jsx';
import { t } from './translate.js';

const OPERATING = ['bpmn:ServiceTask', 'bpmn:SendTask'];
function groupsOf(element, bo) {
  const groups = [[General, true]];
  groups.push([Procedure, is(bo, 'bpmn:Process')]);
  groups.push([Assignment, isHuman(element) || is(bo, 'bpmn:Lane')], [Work, isHuman(element)]);
  groups.push([Operation, OPERATING.some((type) => is(bo, type))], [Script, is(bo, 'bpmn:ScriptTask')]);
  groups.push([Decision, is(bo, 'bpmn:BusinessRuleTask')], [Called, is(bo, 'bpmn:CallActivity')]);
  groups.push([Flow, asksCondition(bo)], [Joining, is(bo, 'bpmn:ComplexGateway')]);
  groups.push([Event, is(bo, 'bpmn:Event') || is(bo, 'bpmn:ReceiveTask')], [Repetition, is(bo, 'bpmn:Activity')]);
  return groups.filter(([, wanted]) => wanted).map(([one]) => one);
}

// A pool stands for its process; a label for what it names.
function subject(element) {
  const bo = getBusinessObject(element);
  return is(bo, 'bpmn:Participant') && bo.processRef ? bo.processRef : bo;
}

function useSelected(modeler) {
  const [state, setState] = useState({ elements: [], round: 0 });
  useEffect(() => {
    const look = () => setState(({ round }) => {
      const selected = modeler.get('selection').get();
      const root = modeler.get('canvas').getRootElement();
      return { elements: selected.length ? selected : [root].filter((one) => one && !one.isImplicit), round: round + 1 };
    });
    const events = ['selection.changed', 'elements.changed', 'import.done', 'root.set'];
    modeler.on(events, look);
    look();
    return () => events.forEach((name) => modeler.off(name, look));
  }, [modeler]);
  return state.elements;
}

export function Panel({ modeler, facts, catalogue, check, readonly }) {
  const elements = useSelected(modeler);
  const office = useMemo(() => ({ modeler, facts, catalogue, check }), [modeler]);
  if (!elements.length) return null;
  if (elements.length > 1) return <p class="eo-quiet">{t('{count} elements are selected.', { count: elements.length })}</p>;
  const element = elements[0].labelTarget ?? elements[0];
  const bo = subject(element);
  if (is(bo, 'bpmn:Collaboration')) return <p class="eo-quiet">{t('Select an element to see what it says.')}</p>;
  return (
    <Office.Provider value={office}>
      <Reading.Provider value={readonly}>
        <p class="eo-kind">{kindName(element)}</p>
        <div key={element.id}>{groupsOf(element, bo).map((One) => <One key={One.name} element={element} bo={bo} />)}</div>
      </Reading.Provider>
    </Office.Provider>
  );
}
