// The groups of the panel: which questions an element asks, in the words of an office.
import { is, getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';
import { useContext } from 'preact/hooks';
import { createContext } from 'preact';
import { Check, Combo, Group, Select, Text } from './fields.jsx';
import { kindOf, said } from './facts.js';
import * as performers from './performers.js';
import { t } from './translate.js';

export const Office = createContext(null); // { facts, catalogue, check, modeler }
export const WORD = /^[a-z][a-z0-9_]{0,63}$/;
export const useOffice = () => useContext(Office);
const HUMAN = ['UserTask', 'ManualTask', 'Task'];
const CHOOSING = ['bpmn:ExclusiveGateway', 'bpmn:InclusiveGateway', 'bpmn:ComplexGateway', 'bpmn:Activity'];

// An expression with the names and functions there are, checked by the office while it is written.
export function Expression({ element, performer, ...more }) {
  const { catalogue, check } = useOffice();
  const names = catalogue.variables.map((one) => ({ value: one.name, hint: [one.type, one.from].filter(Boolean).join(' · ') }));
  const calls = catalogue.functions.map((one) => ({ value: `${one.name}()`, label: one.signature ?? one.name, hint: one.text }));
  const ready = performer ? catalogue.performers.map((one) => ({ value: one.value, label: one.label, hint: one.hint })) : [];
  return <Combo {...more} suggestions={[...ready, ...names, ...calls]} check={(text) => check(text, element.id, performer)} />;
}

export function General({ element, bo }) {
  const { facts, modeler } = useOffice();
  const isNote = is(bo, 'bpmn:TextAnnotation');
  const rename = (text) => {
    const owner = element.type === 'bpmn:Process' || element.type === 'bpmn:Collaboration' ? null : element;
    if (owner) modeler.get('modeling').updateLabel(owner, text);
    else facts.set(element, bo, { name: text });
  };
  const note = bo.get('documentation')?.[0];
  const document = (text) => facts.set(element, bo, { documentation: text ? [facts.made('bpmn:Documentation', { text }, bo)] : [] });
  return (
    <Group title={t('General')}>
      <Text label={isNote ? t('Text') : t('Name')} lines={2} value={isNote ? bo.text : bo.name} onChange={rename} />
      {!isNote && <Text label={t('Explanation')} lines={2} value={note?.text} onChange={document} hint={t('For people who read the procedure.')} />}
    </Group>
  );
}

export function Procedure({ element, bo }) {
  const { facts } = useOffice();
  const one = said(bo, 'Procedure');
  const say = (name) => (value) => facts.say(element, bo, 'Procedure', { [name]: value });
  return (
    <Group title={t('Procedure')}>
      <Text label={t('Title')} value={one?.title} onChange={say('title')} />
      <Text label={t('Title in English')} value={one?.title_en} onChange={say('title_en')} />
      <Text label={t('What it is for')} lines={2} value={one?.description} onChange={say('description')} />
      <Text label={t('Legal basis')} lines={2} value={one?.legal_basis} onChange={say('legal_basis')} />
    </Group>
  );
}

const isHuman = (element) => HUMAN.includes(kindOf(element));

function steps(modeler, but) {
  return modeler.get('elementRegistry').filter((one) => one !== but && !one.labelTarget && isHuman(one))
    .map((one) => ({ value: one.id, label: getBusinessObject(one).name || one.id }));
}

function Who({ element, bo, kind }) {
  const { facts, catalogue, modeler } = useOffice();
  const now = performers.read(said(bo, kind));
  const say = (changes) => facts.say(element, bo, kind, performers.written({ ...now, ...changes }));
  const first = { role: catalogue.roles[0]?.value, post: catalogue.posts[0]?.value, head: 'unit_id' };
  const others = steps(modeler, element);
  const ways = [
    ['role', t('everyone in a role')], ['post', t('one post')], ['head', t('the head of a unit')], ['did', t('whoever did an earlier step')],
    ['superior', t('the superior of whoever did a step')], ['data', t('the post that the data name')], ['expression', t('by an expression')],
  ].map(([value, label]) => ({ value, label }));
  const begin = (way) => say({ way, value: first[way] ?? (way === 'did' || way === 'superior' ? others[0]?.value : way && catalogue.performers[0]?.value) ?? '', unit: '' });
  return (
    <Group title={kind === 'Lane' ? t('Who does the steps of this lane') : t('Who does it')}>
      <Select label={t('Done by')} value={now.way} options={ways} onChange={begin} empty={kind === 'Lane' ? t('nobody in particular') : t('as the lane says')} />
      {now.way === 'role' && <Select label={t('Role')} value={now.value} options={catalogue.roles} onChange={(value) => say({ value })} />}
      {now.way === 'post' && <Select label={t('Post')} value={now.value} options={catalogue.posts} onChange={(value) => say({ value })} />}
      {(now.way === 'did' || now.way === 'superior') && <Select label={t('Step')} value={now.value} options={others} onChange={(value) => say({ value })} />}
      {now.way === 'role' && <Expression element={element} label={t('In which unit')} value={now.unit} onChange={(unit) => say({ unit })} hint={t('unit_id is the agency of the case.')} />}
      {now.way === 'head' && <Expression element={element} label={t('Of which unit')} value={now.value} onChange={(value) => say({ value })} />}
      {now.way === 'data' && <Expression element={element} label={t('Value that names the post')} value={now.value} onChange={(value) => say({ value })} />}
      {now.way === 'expression' && <Expression performer element={element} label={t('Expression')} value={now.value} onChange={(value) => say({ value })} />}
    </Group>
  );
}

export const Assignment = ({ element, bo }) => <Who {...{ element, bo }} kind={is(bo, 'bpmn:Lane') ? 'Lane' : 'Task'} />;

export function Work({ element, bo }) {
  const { facts, catalogue } = useOffice();
  const one = said(bo, 'Task');
  const say = (name) => (value) => facts.say(element, bo, 'Task', { [name]: value });
  const form = catalogue.forms.find(({ value }) => value === one?.form);
  const days = /^\d+$/.test(one?.deadline ?? '') ? t('{days} working days after the step begins', { days: one.deadline }) : t('A number of working days, a day, or a parameter.');
  return (
    <Group title={t('Work')}>
      <Select label={t('Form')} value={one?.form} options={catalogue.forms} onChange={say('form')} empty={t('no form')} />
      {form?.url && <p class="eo-hint"><a href={form.url} target="_blank" rel="noopener">{t('Open the form')}</a></p>}
      <Expression element={element} label={t('Deadline')} value={one?.deadline} onChange={say('deadline')} hint={days} />
    </Group>
  );
}

export function Decision({ element, bo }) {
  const { facts, catalogue } = useOffice();
  const one = said(bo, 'Decision');
  const say = (changes) => facts.say(element, bo, 'Decision', { key: one?.key, result: one?.result, ...changes });
  return (
    <Group title={t('Decision')}>
      <Select label={t('Table')} value={one?.key} options={catalogue.decisions} onChange={(key) => say({ key, result: one?.result ?? (key ? 'decision' : '') })} empty={t('none chosen')} />
      <Text label={t('Name of the result')} value={one?.result} pattern={WORD} wrong={t('Small letters without marks, digits and _ only.')} onChange={(result) => say({ result })} />
    </Group>
  );
}

export function Called({ element, bo }) {
  const { facts, catalogue } = useOffice();
  return (
    <Group title={t('Called procedure')}>
      <Select label={t('Procedure')} value={bo.calledElement} options={catalogue.processes} empty={t('none chosen')}
        onChange={(value) => facts.set(element, bo, { calledElement: value || undefined })} />
    </Group>
  );
}

export function Flow({ element, bo }) {
  const { facts, modeler } = useOffice();
  const source = bo.sourceRef;
  const isDefault = source?.default === bo;
  const makeDefault = (chosen) => modeler.get('commandStack').execute('eo.together', { acts: [
    (modeling) => modeling.updateProperties(element.source, { default: chosen ? bo : undefined }),
    ...(chosen ? [(modeling) => modeling.updateModdleProperties(element, bo, { conditionExpression: undefined })] : []),
  ] });
  return (
    <Group title={t('Condition')}>
      <Check label={t('Taken when no other condition holds')} value={isDefault} onChange={makeDefault} />
      {!isDefault && <Expression element={element} label={t('Taken when')} value={bo.conditionExpression?.body}
        onChange={(text) => facts.set(element, bo, { conditionExpression: facts.expression(text, bo) })} />}
    </Group>
  );
}

export const asksCondition = (bo) => is(bo, 'bpmn:SequenceFlow') && CHOOSING.some((type) => bo.sourceRef && is(bo.sourceRef, type))
  && (bo.conditionExpression || bo.sourceRef.default === bo || (bo.sourceRef.outgoing ?? []).length > 1);
export { isHuman };
