// Who does a step: as people choose it, and as the diagram says it.
const WAYS = [
  ['post', /^post\((['"])([^'"]+)\1\)$/, 2, (value) => `post('${value}')`],
  ['head', /^head_of\(([^()]+)\)$/, 1, (value) => `head_of(${value})`],
  ['superior', /^superior_of\(who_did\((['"])([^'"]+)\1\)\)$/, 2, (value) => `superior_of(who_did('${value}'))`],
  ['did', /^who_did\((['"])([^'"]+)\1\)$/, 2, (value) => `who_did('${value}')`],
];

// The way a declaration names somebody and the value that goes with it.
export function read({ role, unit, post, performer } = {}) {
  if (performer) {
    for (const [way, shape, group] of WAYS) {
      const match = shape.exec(performer.trim());
      if (match) return { way, value: match[group], unit: '' };
    }
    return { way: 'expression', value: performer, unit: '' };
  }
  if (post) return { way: 'data', value: post, unit: unit ?? '' };
  if (role) return { way: 'role', value: role, unit: unit ?? '' };
  return { way: '', value: '', unit: unit ?? '' };
}

// The attributes that say it.
export function written({ way, value, unit }) {
  const nothing = { role: '', post: '', performer: '', unit: '' };
  if (way === 'role') return { ...nothing, role: value, unit: value ? unit || 'unit_id' : '' };
  if (way === 'data') return { ...nothing, post: value, unit };
  if (way === 'expression') return { ...nothing, performer: value };
  const found = WAYS.find(([name]) => name === way);
  return { ...nothing, performer: found && value ? found[3](value) : '' };
}
