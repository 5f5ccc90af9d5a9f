// Time of timers: as people say it, and as the diagram writes it.
const UNITS = { minutes: (n) => `PT${n}M`, hours: (n) => `PT${n}H`, days: (n) => `P${n}D`, weeks: (n) => `P${n}W` };
const SHAPES = [
  ['working', /^working_days\((\d{1,3})\)$/],
  ['minutes', /^PT(\d{1,7})M$/],
  ['hours', /^PT(\d{1,6})H$/],
  ['days', /^P(\d{1,5})D$/],
  ['weeks', /^P(\d{1,4})W$/],
];
const MOMENT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d)?$/;
const CYCLE = /^R(\d{0,4})\/(.+)$/;

export const KINDS = ['timeDuration', 'timeDate', 'timeCycle'];

export function read(definition) {
  const kind = KINDS.find((name) => definition.get(name)) ?? '';
  const text = (kind && definition.get(kind).get('body')?.trim()) || '';
  if (kind === 'timeCycle') {
    const match = CYCLE.exec(text);
    const every = match && length(match[2]);
    return every && every.unit !== 'working' ? { way: 'repeat', ...every, rounds: match[1] } : { way: 'cycle', text };
  }
  if (MOMENT.test(text)) return { way: 'date', text };
  const found = length(text);
  if (found) return { way: found.unit === 'working' ? 'working' : 'after', ...found };
  return { way: !kind ? '' : kind === 'timeDate' ? 'moment' : 'expression', text };
}

function length(text) {
  for (const [unit, shape] of SHAPES) {
    const match = shape.exec(text);
    if (match) return { unit, number: match[1] };
  }
  return null;
}

// The element that says it, and its text.
export function written({ way, unit = 'days', number = '1', text = '', rounds = '' }) {
  const count = /^[1-9]\d*$/.test(number) ? number : '1';
  const every = (UNITS[unit] ?? UNITS.days)(count);
  if (way === 'working') return ['timeDuration', `working_days(${/^\d+$/.test(number) ? number : 1})`];
  if (way === 'after') return ['timeDuration', every];
  if (way === 'repeat') return ['timeCycle', `R${rounds}/${every}`];
  if (way === 'cycle') return ['timeCycle', text];
  if (way === 'date' || way === 'moment') return ['timeDate', text];
  return ['timeDuration', text];
}
