// What is wrong with the diagram: our few rules at once, the office's findings with each save; one list for both.
import Linter from 'bpmnlint/lib/linter';
import disconnected from 'bpmnlint/rules/no-disconnected';
import duplicate from 'bpmnlint/rules/no-duplicate-sequence-flows';
import joinFork from 'bpmnlint/rules/no-gateway-join-fork';
import labels from 'bpmnlint/rules/label-required';
import overlapping from 'bpmnlint/rules/no-overlapping-elements';
import superfluous from 'bpmnlint/rules/superfluous-gateway';
import { t } from './translate.js';

const RULES = {
  'no-disconnected': [disconnected, 'error', () => t('Nothing leads to this element or away from it.')],
  'no-duplicate-sequence-flows': [duplicate, 'warning', () => t('Two flows say the same; keep one.')],
  'no-gateway-join-fork': [joinFork, 'warning', () => t('This gateway joins and parts at once; draw two.')],
  'label-required': [labels, 'warning', () => t('Give this a name, so that people know what happens here.')],
  'no-overlapping-elements': [overlapping, 'warning', () => t('This lies upon another element.')],
  'superfluous-gateway': [superfluous, 'warning', () => t('This gateway decides nothing; it can go.')],
};
export const WEIGHTS = ['error', 'todo', 'warning', 'rewritten'];
const SAID = {
  error: () => t('error'),
  todo: () => t('to do'),
  warning: () => t('warning'),
  rewritten: () => t('rewritten'),
};
export const wordOf = (severity) => (SAID[severity] ?? SAID.warning)();
const CONFIG = {
  config: { rules: Object.fromEntries(Object.keys(RULES).map((name) => [name, 'warn'])) },
  resolver: { resolveRule: (_pkg, name) => RULES[name][0], resolveConfig: () => ({}) },
};
const MOST_LINTED = 400; // elements; above it the rules would hold up the drawing

async function linted(modeler) {
  if (modeler.get('elementRegistry').getAll().length > MOST_LINTED) return [];
  const results = await new Linter(CONFIG).lint(modeler.getDefinitions()); // a new one: rules remember what they saw
  return Object.entries(results).flatMap(([name, reports]) => reports.filter(({ category }) => category !== 'rule-error').map(({ id }) => ({
    element: id, severity: RULES[name][1], code: name, text: RULES[name][2](),
  })));
}

// The heaviest first; what both say about an element is said once, by the office.
function merged(found, own) {
  const said = new Set(found.map((one) => one.element));
  const all = [...found, ...own.filter((one) => one.severity !== 'error' || !said.has(one.element))];
  return all.sort((one, two) => WEIGHTS.indexOf(one.severity) - WEIGHTS.indexOf(two.severity));
}

export class Problems {
  constructor(modeler, store) {
    Object.assign(this, { modeler, store, own: [] });
    const again = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.lint(), 500);
    };
    modeler.on(['commandStack.changed', 'import.done'], again);
    store.listeners.add(({ found }) => found !== this.found && this.show());
  }

  async lint() {
    this.own = await linted(this.modeler);
    this.show();
  }

  show() {
    this.found = this.store.values.found;
    const problems = merged(this.found, this.own);
    this.mark(problems);
    this.store.set({ problems });
  }

  // The number of what is wrong with an element, on the element.
  mark(problems) {
    const overlays = this.modeler.get('overlays');
    const registry = this.modeler.get('elementRegistry');
    overlays.remove({ type: 'eo-problem' });
    const byElement = new Map();
    for (const one of problems) byElement.set(one.element, [...(byElement.get(one.element) ?? []), one]);
    for (const [id, ones] of byElement) {
      const element = registry.get(id);
      if (!element || element === this.modeler.get('canvas').getRootElement()) continue;
      const mark = document.createElement('div');
      mark.className = `eo-mark ${ones[0].severity}`;
      mark.textContent = { error: '!', todo: '!', warning: '?' }[ones[0].severity] ?? 'i';
      mark.title = ones.map(({ severity, text }) => `${wordOf(severity)}: ${text}`).join('\n');
      overlays.add(element, 'eo-problem', { position: element.waypoints ? { top: 0, left: 0 } : { top: -9, left: -9 }, html: mark });
    }
  }
}
