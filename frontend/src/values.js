// Values of parameters: a literal that is typed or chosen, or an expression that takes it from the data.
const SINGLE = /^'([^'\\]*)'$/;

// Which control fits a JSON Schema: choice, flag, number, date, text; null when only data can give it.
export function controlOf(schema = {}) {
  if (schema.enum) return 'choice';
  if (schema.type === 'boolean') return 'flag';
  if (schema.type === 'integer' || schema.type === 'number') return 'number';
  if (schema.type === 'string' && schema.format === 'date') return 'date';
  if (schema.type === 'string' && schema.format !== 'uuid') return 'text';
  return null;
}

// The literal that an expression is; undefined when it is not one.
export function literal(text, control) {
  const value = (text ?? '').trim();
  if (control === 'flag') return /^(true|false|True|False)$/.test(value) ? value.toLowerCase() : undefined;
  if (control === 'number') return /^-?\d+(\.\d+)?$/.test(value) ? value : undefined;
  return SINGLE.exec(value)?.[1] ?? quoted(value);
}

function quoted(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

// The expression that gives a literal.
export function expressed(value, control) {
  if (value === '' || value === undefined) return '';
  if (control === 'flag' || control === 'number') return String(value);
  return JSON.stringify(String(value));
}
