// The drawing board: the modules of bpmn.io that we use, our words, and what eOffice adds or leaves out.
import Modeler from 'bpmn-js/lib/Modeler';
import { BpmnModdle } from 'bpmn-moddle';
import Minimap from 'diagram-js-minimap';
import ColorPicker from 'bpmn-js-color-picker';
import NativeCopyPaste from 'bpmn-js-native-copy-paste';
import { createReviver } from 'bpmn-js-native-copy-paste/lib/PasteUtil.js';
import { CreateAppendAnythingModule } from 'bpmn-js-create-append-anything';
import { getBBox } from 'diagram-js/lib/util/Elements';
import { Together } from './facts.js';
import eo from './eo.json';
import simulation from './simulation.js';
import touch from './touch.js';
import translate, { t } from './translate.js';

const PALETTE = 130; // pixels at the left that the tools for drawing cover
const GAP = 60;
const REFUSED = /transaction|ad-?hoc|cancel-(boundary|end)|instantiating|participant-multiplicity|compensation-start|data-?input/i;
const RULES = ['elements.move', 'elements.delete', 'elements.paste', 'elements.create', 'shape.create', 'shape.append', 'shape.attach',
  'shape.replace', 'shape.resize', 'connection.create', 'connection.start', 'connection.reconnect', 'connection.updateWaypoints',
  'elements.align', 'elements.distribute'];
const ALLOWED = new Map(eo.types.filter((one) => one.meta).map((one) => [`eo:${one.name}`, new Set(one.meta.allowedIn)]));

// Lists and results of repetitions are names here, where BPMN refers to elements: kept as the text they are.
function standard() {
  const pack = structuredClone(new BpmnModdle().getPackage('bpmn'));
  const repetition = pack.types.find((one) => one.name === 'MultiInstanceLoopCharacteristics');
  for (const property of repetition.properties) {
    if (!['bpmn:loopDataInputRef', 'bpmn:loopDataOutputRef'].includes(property.name)) continue;
    property.type = 'String';
    delete property.isReference;
  }
  return pack;
}

// What eOffice refuses is not offered.
function Offers(popupMenu) {
  const without = { getPopupMenuEntries: () => offered, getEntries: () => offered };
  for (const menu of ['bpmn-replace', 'bpmn-append', 'bpmn-create']) popupMenu.registerProvider(menu, 100, without);
}
Offers.$inject = ['popupMenu'];
const offered = (entries) => Object.fromEntries(Object.entries(entries).filter(([key]) => !REFUSED.test(key)));

// What is said about a step goes with it only to a kind of step that can say it.
function Belongings(eventBus) {
  eventBus.on('moddleCopy.canCopyProperty', 2000, ({ parent, property }) => {
    const allowed = ALLOWED.get(property?.$type);
    if (allowed && parent?.$parent && !allowed.has(parent.$parent.$type)) return false;
    return undefined;
  });
}
Belongings.$inject = ['eventBus'];

// While somebody else draws, or nobody may, everything can be looked at and nothing changed.
function Reading({ store }, eventBus, dragging, directEditing, contextPad, commandStack) {
  const reads = () => store.values.readonly;
  for (const rule of RULES) eventBus.on(`commandStack.${rule}.canExecute`, 5000, () => (reads() ? false : undefined));
  for (const [owner, name] of [[dragging, 'init'], [directEditing, 'activate'], [contextPad, 'open'], [commandStack, 'undo'], [commandStack, 'redo']]) {
    const act = owner[name];
    owner[name] = (...values) => (reads() ? undefined : act.apply(owner, values));
  }
  store.listeners.add(({ readonly }) => readonly && contextPad.isOpen() && contextPad.close());
}
Reading.$inject = ['config.eo', 'eventBus', 'dragging', 'directEditing', 'contextPad', 'commandStack'];

// What was found can be scrolled by keyboard, too.
function Findings(eventBus, canvas) {
  eventBus.on('searchPad.opened', () => canvas.getContainer().querySelector('.djs-search-results').setAttribute('tabindex', '0'));
}
Findings.$inject = ['eventBus', 'canvas'];

function Blocks({ store }, palette) {
  palette.registerProvider(600, {
    getPaletteEntries: () => (store.values.blocks.length ? {
      'eo-blocks': {
        group: 'tools', className: 'eo-blocks-entry', title: t('Insert a ready-made block'),
        action: { click: () => store.set({ dialog: { name: 'blocks' } }) },
      },
    } : {}),
  });
}
Blocks.$inject = ['config.eo', 'palette'];

const ours = {
  __init__: ['offers', 'belongings', 'reading', 'findings', 'blocks'],
  offers: ['type', Offers],
  belongings: ['type', Belongings],
  reading: ['type', Reading],
  findings: ['type', Findings],
  blocks: ['type', Blocks],
};

export function createModeler(container, store) {
  const modeler = new Modeler({
    container,
    eo: { store },
    moddleExtensions: { bpmn: standard(), eo },
    minimap: { open: false },
    additionalModules: [translate, Minimap, ColorPicker, NativeCopyPaste, CreateAppendAnythingModule, simulation, touch, ours],
  });
  modeler.get('commandStack').registerHandler('eo.together', Together);
  return modeler;
}

// Put the elements of another diagram below this one, with new ids, and select them; a block is such a diagram.
export async function insert(modeler, xml) {
  const other = new Modeler({ container: document.createElement('div'), moddleExtensions: { bpmn: standard(), eo } });
  try {
    await other.importXML(xml);
    const elements = other.get('canvas').getRootElement().children.filter((one) => !one.labelTarget);
    const tree = other.get('copyPaste').copy(elements, { clip: false });
    const { inner } = modeler.get('canvas').viewbox();
    const { height } = getBBox(elements);
    modeler.get('copyPaste').paste({
      tree: JSON.parse(JSON.stringify(tree), createReviver(modeler.get('moddle'))),
      element: homeOf(modeler, elements),
      point: { x: inner.x + inner.width / 2, y: inner.y + inner.height + GAP + height / 2 },
    });
    const [first] = modeler.get('selection').get();
    if (first) modeler.get('canvas').scrollToElement(first, 60);
  } finally {
    other.destroy();
  }
}

// Steps belong into a pool where there is one; pools beside it.
function homeOf(modeler, elements) {
  const root = modeler.get('canvas').getRootElement();
  if (root.type !== 'bpmn:Collaboration' || elements.some((one) => one.type === 'bpmn:Participant')) return root;
  return root.children.find((one) => one.type === 'bpmn:Participant') ?? root;
}

// The whole diagram beside the palette; `least` keeps it legible, then it begins at its upper left corner.
export function fit(modeler, least = 0.1) {
  const canvas = modeler.get('canvas');
  const { inner, outer } = canvas.viewbox();
  const [left, edge] = [PALETTE, 24];
  const best = Math.min(1, (outer.width - left - edge) / (inner.width || 1), (outer.height - 2 * edge) / (inner.height || 1));
  const zoom = Math.max(least, best);
  const room = Math.max(edge, (outer.height - inner.height * zoom) / 2);
  canvas.viewbox({ x: inner.x - left / zoom, y: inner.y - room / zoom, width: outer.width / zoom, height: outer.height / zoom });
}

// Show an element in the middle and select it.
export function show(modeler, id) {
  const element = modeler.get('elementRegistry').get(id);
  if (!element) return;
  const canvas = modeler.get('canvas');
  const root = canvas.findRoot(element);
  if (root) canvas.setRootElement(root);
  if (element !== root) {
    canvas.scrollToElement(element, { top: 120, bottom: 120, left: 160, right: 160 });
    modeler.get('selection').select(element);
  }
}
