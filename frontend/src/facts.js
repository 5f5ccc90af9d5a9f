// What elements say to eOffice and to BPMN, and the one way to change it: every change is one step of the history.
import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';

// Several changes that are undone as one.
export class Together {
  static $inject = ['modeling'];

  constructor(modeling) {
    this.modeling = modeling;
  }

  preExecute({ acts }) {
    for (const act of acts) act(this.modeling);
  }
}

export const kindOf = (element) => getBusinessObject(element).$type.replace('bpmn:', '');

// The element of ours of one kind inside an element.
export function said(bo, kind) {
  return bo.get('extensionElements')?.get('values')?.find((one) => one.$type === `eo:${kind}`);
}

export class Facts {
  constructor(modeler) {
    this.modeler = modeler;
    this.factory = modeler.get('bpmnFactory');
    this.modeling = modeler.get('modeling');
  }

  set(element, owner, properties) {
    this.modeling.updateModdleProperties(element, owner, properties);
  }

  // A new element of a kind that belongs to another.
  made(type, attributes, parent) {
    const made = this.factory.create(type, attributes);
    made.$parent = parent;
    return made;
  }

  // Say something of ours; what is empty is left out, and when all is empty the element goes.
  say(element, bo, kind, attributes) {
    const before = said(bo, kind);
    const now = Object.fromEntries(Object.entries({ ...plain(before), ...attributes }).filter(([, value]) => filled(value)));
    const all = this.made('bpmn:ExtensionElements', {}, bo);
    const kept = (bo.get('extensionElements')?.get('values') ?? []).filter((one) => one !== before);
    if (Object.keys(now).length) {
      const one = this.made(`eo:${kind}`, now, all);
      one.params?.forEach((param) => { param.$parent = one; });
      kept.push(one);
    }
    all.values = kept;
    this.set(element, bo, { extensionElements: kept.length ? all : undefined });
  }

  params(rows) {
    return rows.map(([name, value]) => this.factory.create('eo:Param', { name, value }));
  }

  // An expression as a child of a BPMN element; nothing when the text is empty.
  expression(text, parent) {
    return text ? this.made('bpmn:FormalExpression', { body: text }, parent) : undefined;
  }

  // Let an event refer to what is declared beside the processes under a name; it is declared when it is not yet.
  refer(element, definition, property, type, name, code) {
    const definitions = this.modeler.getDefinitions();
    const roots = definitions.get('rootElements');
    const known = roots.find((one) => one.$type === type && (code ? one.get(code) : one.name) === name);
    const wanted = known ?? (name && this.declared(type, name, code, definitions));
    const acts = known || !name ? [] : [(modeling) => modeling.updateModdleProperties(element, definitions, { rootElements: [...roots, wanted] })];
    acts.push((modeling) => modeling.updateModdleProperties(element, definition, { [property]: wanted || undefined }));
    this.modeler.get('commandStack').execute('eo.together', { acts });
  }

  declared(type, name, code, definitions) {
    return this.made(type, { name, ...(code ? { [code]: name } : {}) }, definitions);
  }
}

const filled = (value) => value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && !value.length);

function plain(one) {
  if (!one) return {};
  return Object.fromEntries(one.$descriptor.properties.filter(({ name }) => one.get(name) !== undefined && name !== '$type').map(({ name }) => [name, one.get(name)]));
}
