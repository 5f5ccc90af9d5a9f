// What the editor says, in the reader's language: English is the key, Vietnamese is in vi.js.
import vi from './vi.js';

export const missing = new Set();
let words = {};

export function speak(locale) {
  words = locale === 'en' ? {} : vi;
  document.documentElement.lang ||= locale;
}

export function t(text, values = {}) {
  if (words === vi && !(text in vi)) missing.add(text);
  return (words[text] ?? text).replace(/{([^}]+)}/g, (whole, name) => values[name] ?? whole);
}

export default { translate: ['value', t] };
