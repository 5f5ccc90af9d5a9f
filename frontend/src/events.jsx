// Events: what they wait for or tell; and steps that repeat.
import { is } from 'bpmn-js/lib/util/ModelUtil';
import { Check, Combo, Group, Select, Text } from './fields.jsx';
import { said } from './facts.js';
import { Expression, useOffice, WORD } from './groups.jsx';
import * as times from './times.js';
import { t } from './translate.js';

const REFERRED = {
  'bpmn:MessageEventDefinition': ['messageRef', 'bpmn:Message', null, () => t('Message')],
  'bpmn:SignalEventDefinition': ['signalRef', 'bpmn:Signal', null, () => t('Signal')],
  'bpmn:ErrorEventDefinition': ['errorRef', 'bpmn:Error', 'errorCode', () => t('Error')],
  'bpmn:EscalationEventDefinition': ['escalationRef', 'bpmn:Escalation', 'escalationCode', () => t('Escalation')],
};

export function Event({ element, bo }) {
  const definition = is(bo, 'bpmn:ReceiveTask') ? bo : bo.eventDefinitions?.[0];
  if (!definition) return null;
  const referred = is(bo, 'bpmn:ReceiveTask') ? REFERRED['bpmn:MessageEventDefinition'] : REFERRED[definition.$type];
  const props = { element, bo, definition };
  return (
    <>
      {is(definition, 'bpmn:TimerEventDefinition') && <Timer {...props} />}
      {is(definition, 'bpmn:ConditionalEventDefinition') && <Condition {...props} />}
      {is(definition, 'bpmn:CompensateEventDefinition') && <Compensation {...props} />}
      {is(definition, 'bpmn:LinkEventDefinition') && <Link {...props} />}
      {referred && <Referred {...props} referred={referred} />}
      {referred && !referred[2] && <Content {...props} />}
    </>
  );
}

function Referred({ element, definition, referred: [property, type, code, label] }) {
  const { facts, catalogue, modeler } = useOffice();
  const known = modeler.getDefinitions().get('rootElements').filter((one) => one.$type === type).map((one) => (code ? one.get(code) : null) ?? one.name);
  const offered = [...new Set([...known, ...(type === 'bpmn:Message' ? catalogue.messages : [])])].filter(Boolean).map((value) => ({ value }));
  const now = definition.get(property);
  return (
    <Group title={label()}>
      <Combo whole label={t('Name')} value={(code ? now?.get(code) : null) ?? now?.name} suggestions={offered}
        hint={code ? t('Left empty, it catches all of them.') : t('Whoever sends and whoever waits use the same name.')}
        onChange={(name) => facts.refer(element, definition, property, type, name.trim(), code)} />
    </Group>
  );
}

function Content({ element, bo }) {
  const { facts } = useOffice();
  const one = said(bo, 'Message');
  const say = (changes) => facts.say(element, bo, 'Message', changes);
  const throws = is(bo, 'bpmn:ThrowEvent');
  const rows = (one?.get('params') ?? []).map(({ name, value }) => [name, value]);
  const keep = (all) => say({ params: facts.params(all) });
  return (
    <Group title={t('What comes with it')} open={Boolean(one)}>
      <Expression element={element} label={t('Which one is meant')} value={one?.correlation} onChange={(correlation) => say({ correlation })}
        hint={t('Only the case in which this has the same value hears it.')} />
      {throws && <Expression element={element} label={t('At which agency')} value={one?.agency} onChange={(agency) => say({ agency })} />}
      {!throws && <Text label={t('Name of the result')} value={one?.result} pattern={WORD} wrong={t('Small letters without marks, digits and _ only.')} onChange={(result) => say({ result })} />}
      {throws && <Rows rows={rows} element={element} onChange={keep} />}
    </Group>
  );
}

// Pairs of a name and an expression.
export function Rows({ rows, element, onChange }) {
  const change = (index, name, value) => onChange(rows.map((row, at) => (at === index ? [name, value] : row)));
  const free = () => { let number = rows.length + 1; while (rows.some(([name]) => name === `value_${number}`)) number += 1; return `value_${number}`; };
  return (
    <>
      {rows.map(([name, value], index) => (
        <div class="eo-row" key={index}>
          <Text label={t('Name')} value={name} pattern={WORD} wrong={t('Small letters without marks, digits and _ only.')} onChange={(next) => next && change(index, next, value)} />
          <Expression element={element} label={t('Value')} value={value} onChange={(next) => change(index, name, next)} />
          <button type="button" class="eo-link" onClick={() => onChange(rows.filter((_row, at) => at !== index))}>{t('Remove {name}', { name })}</button>
        </div>
      ))}
      <button type="button" class="eo-link" onClick={() => onChange([...rows, [free(), "''"]])}>{t('Add a value')}</button>
    </>
  );
}

function Timer({ element, definition }) {
  const { facts } = useOffice();
  const now = times.read(definition);
  const say = (changes) => {
    const [kind, text] = times.written({ ...now, ...changes });
    const all = Object.fromEntries(times.KINDS.map((name) => [name, name === kind ? facts.expression(text, definition) : undefined]));
    facts.set(element, definition, all);
  };
  const begin = { working: { number: '3' }, after: { number: '1', unit: 'days' }, repeat: { number: '1', unit: 'days', rounds: '' }, date: { text: new Date().toISOString().slice(0, 10) } };
  const ways = [
    ['working', t('after working days')], ['after', t('after a time')], ['date', t('on a day')], ['moment', t('at a moment that the data name')],
    ['repeat', t('again and again')], ['expression', t('after a time by an expression')], ['cycle', t('again and again by an expression')],
  ].map(([value, label]) => ({ value, label }));
  const units = [['minutes', t('minutes')], ['hours', t('hours')], ['days', t('days')], ['weeks', t('weeks')]].map(([value, label]) => ({ value, label }));
  return (
    <Group title={t('Time')}>
      <Select label={t('When')} value={now.way} options={ways} empty={t('not said')} onChange={(way) => way && say({ text: now.text || 'today()', ...begin[way], way })} />
      {now.way === 'working' && <Text type="number" min="0" max="400" label={t('Working days')} value={now.number} onChange={(number) => say({ number })} hint={t('Counted by the calendar of the office, until five in the afternoon.')} />}
      {['after', 'repeat'].includes(now.way) && <Text type="number" min="1" label={t('Number')} value={now.number} onChange={(number) => say({ number })} />}
      {['after', 'repeat'].includes(now.way) && <Select label={t('Unit')} value={now.unit} options={units} onChange={(unit) => say({ unit })} />}
      {now.way === 'repeat' && <Text type="number" min="1" max="9999" label={t('How often')} value={now.rounds} onChange={(rounds) => say({ rounds })} hint={t('Left empty, until the work ends.')} />}
      {now.way === 'date' && <Text type="date" label={t('Day')} value={now.text.slice(0, 10)} onChange={(text) => text && say({ text })} />}
      {['moment', 'expression', 'cycle'].includes(now.way) && <Expression element={element} label={t('Expression')} value={now.text} onChange={(text) => say({ text })} />}
    </Group>
  );
}

function Condition({ element, definition }) {
  const { facts } = useOffice();
  return (
    <Group title={t('Condition')}>
      <Expression element={element} label={t('Happens when')} value={definition.condition?.body}
        onChange={(text) => facts.set(element, definition, { condition: facts.expression(text, definition) })} />
    </Group>
  );
}

function Compensation({ element, bo, definition }) {
  const { facts } = useOffice();
  if (!is(bo, 'bpmn:ThrowEvent')) return null;
  const activities = (bo.$parent.flowElements ?? []).filter((one) => is(one, 'bpmn:Activity'));
  return (
    <Group title={t('What is undone')}>
      <Select label={t('Step')} value={definition.activityRef?.id} empty={t('everything that can be undone')}
        options={activities.map(({ id, name }) => ({ value: id, label: name || id }))}
        onChange={(id) => facts.set(element, definition, { activityRef: activities.find((one) => one.id === id) })} />
    </Group>
  );
}

function Link({ element, definition }) {
  const { facts } = useOffice();
  return (
    <Group title={t('Link')}>
      <Text label={t('Name')} value={definition.name} onChange={(name) => facts.set(element, definition, { name })} hint={t('The two ends of a link have the same name.')} />
    </Group>
  );
}

export function Repetition({ element, bo }) {
  const { facts } = useOffice();
  const loop = bo.loopCharacteristics;
  if (!loop) return null;
  const set = (properties) => facts.set(element, loop, properties);
  const expression = (name) => (text) => set({ [name]: facts.expression(text, loop) });
  if (is(loop, 'bpmn:StandardLoopCharacteristics')) {
    return (
      <Group title={t('Repetition')}>
        <Expression element={element} label={t('Again while')} value={loop.loopCondition?.body} onChange={expression('loopCondition')} />
        <Text type="number" min="1" max="9999" label={t('At most so many times')} value={loop.loopMaximum} onChange={(text) => set({ loopMaximum: text ? Number(text) : undefined })} />
        <Check label={t('Ask before the first time')} value={loop.testBefore === true} onChange={(testBefore) => set({ testBefore })} />
      </Group>
    );
  }
  const word = { pattern: WORD, wrong: t('Small letters without marks, digits and _ only.') };
  const item = (name, type) => (text) => set({ [name]: text ? facts.made(type, { name: text }, loop) : undefined });
  return (
    <Group title={loop.isSequential ? t('One after the other') : t('Several at once')}>
      <Text {...word} label={t('For each of the list')} value={loop.loopDataInputRef} onChange={(text) => set({ loopDataInputRef: text || undefined })} hint={t('The name of a list in the data.')} />
      <Text {...word} label={t('Name of one of them')} value={loop.inputDataItem?.name} onChange={item('inputDataItem', 'bpmn:DataInput')} />
      {!loop.loopDataInputRef && <Expression element={element} label={t('Or how many')} value={loop.loopCardinality?.body} onChange={expression('loopCardinality')} />}
      <Text {...word} label={t('List of the results')} value={loop.loopDataOutputRef} onChange={(text) => set({ loopDataOutputRef: text || undefined })} />
      <Text {...word} label={t('Name of one result')} value={loop.outputDataItem?.name} onChange={item('outputDataItem', 'bpmn:DataOutput')} />
      <Expression element={element} label={t('Over as soon as')} value={loop.completionCondition?.body} onChange={expression('completionCondition')} hint={t('Left empty, when all are done.')} />
    </Group>
  );
}

const LINE = /^([a-z][a-z0-9_]{0,63})\s*=(?!=)\s*(.+)$/;

export function Script({ element, bo }) {
  const { facts } = useOffice();
  const own = said(bo, 'Script');
  const text = own ? own.text : bo.script;
  const rows = (text ?? '').split('\n').map((line) => LINE.exec(line.trim())).filter(Boolean).map(([, name, value]) => [name, value]);
  const keep = (all) => {
    const lines = all.map(([name, value]) => `${name} = ${value}`).join('\n');
    if (own || !bo.script) facts.say(element, bo, 'Script', { text: lines });
    else facts.set(element, bo, { script: lines, scriptFormat: 'eoffice' });
  };
  return (
    <Group title={t('What is reckoned')}>
      <p class="eo-hint">{t('Each line knows those above it.')}</p>
      <Rows rows={rows} element={element} onChange={keep} />
    </Group>
  );
}

export function Joining({ element, bo }) {
  const { facts } = useOffice();
  return (
    <Group title={t('Joining')}>
      <Expression element={element} label={t('Goes on as soon as')} value={bo.activationCondition?.body}
        onChange={(text) => facts.set(element, bo, { activationCondition: facts.expression(text, bo) })} />
    </Group>
  );
}
