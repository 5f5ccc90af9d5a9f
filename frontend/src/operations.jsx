// What a machine does: the operation of the catalogue, and a field of the right kind for each of its parameters.
import { useState } from 'preact/hooks';
import { Group, Select, Text } from './fields.jsx';
import { said } from './facts.js';
import { Expression, useOffice, WORD } from './groups.jsx';
import { t } from './translate.js';
import { controlOf, expressed, literal } from './values.js';

export function Operation({ element, bo }) {
  const { facts, catalogue } = useOffice();
  const one = said(bo, 'Operation');
  const known = catalogue.operations.find(({ name }) => name === one?.name);
  const values = Object.fromEntries((one?.get('params') ?? []).map(({ name, value }) => [name, value]));
  const say = (changes) => facts.say(element, bo, 'Operation', { name: one?.name, ...changes });
  const keep = (all) => say({ params: facts.params(Object.entries(all).filter(([, value]) => value)) });
  const begin = (name) => facts.say(element, bo, 'Operation', { name, result: '', params: facts.params(first(name)) });
  const first = (name) => {
    const wanted = properties(catalogue.operations.find((other) => other.name === name)?.parameters);
    return wanted.filter(({ key }) => catalogue.variables.some((variable) => variable.name === key)).map(({ key }) => [key, key]);
  };
  const options = catalogue.operations.map(({ name, label }) => ({ value: name, label, group: name.split('.')[0] }));
  return (
    <Group title={t('Operation')}>
      <Select label={t('What is done')} value={one?.name} options={options} onChange={begin} empty={t('none chosen')} hint={known?.description} />
      {known && properties(known.parameters).map(({ key, schema, required }) => (
        <Value key={`${one.name} ${key}`} element={element} label={`${schema.title ?? schema.description ?? key}${required ? ' *' : ''}`} schema={schema}
          value={values[key]} onChange={(value) => keep({ ...values, [key]: value })} />
      ))}
      {one && <Text label={t('Name of the result')} value={one.result} pattern={WORD} wrong={t('Small letters without marks, digits and _ only.')}
        hint={t('Later steps find the answer under this name.')} onChange={(result) => say({ result })} />}
    </Group>
  );
}

function properties(schema = {}) {
  const required = new Set(schema.required ?? []);
  const all = Object.entries(schema.properties ?? {}).map(([key, one]) => ({ key, schema: one, required: required.has(key) }));
  return all.sort((one, two) => two.required - one.required);
}

// A literal where the schema allows one, or an expression: whoever fills it in chooses.
function Value({ element, label, schema, value, onChange }) {
  const control = controlOf(schema);
  const plain = literal(value, control);
  const [fromData, setFromData] = useState(!control || (Boolean(value) && plain === undefined));
  const set = (text) => onChange(expressed(text, control));
  const toggle = control && (
    <button type="button" class="eo-link" onClick={() => setFromData(!fromData)}>{fromData ? t('fill it in here') : t('take it from the data')}</button>
  );
  const options = control === 'flag' ? [['true', t('yes')], ['false', t('no')]] : (schema.enum ?? []).map((one) => [one, schema['x-labels']?.[one] ?? one]);
  return (
    <div class="eo-value">
      {fromData && <Expression element={element} label={label} value={value} onChange={onChange} />}
      {!fromData && ['choice', 'flag'].includes(control) && <Select label={label} value={plain} onChange={set} empty={t('not said')}
        options={options.map(([one, name]) => ({ value: String(one), label: String(name) }))} />}
      {!fromData && !['choice', 'flag'].includes(control) && <Text label={label} value={plain} onChange={set} type={control}
        min={schema.minimum} max={schema.maximum} maxlength={schema.maxLength} />}
      {toggle}
    </div>
  );
}
