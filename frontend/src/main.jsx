// Mounts the editor where a page has <div id="editor" data-config="...">.
import { render } from 'preact';
import { Facts } from './facts.js';
import { Keeper } from './keeper.js';
import { createModeler, fit, show } from './modeler.js';
import { showOrigins } from './origins.js';
import { Problems } from './problems.js';
import { configured, drawn, Server } from './server.js';
import { Store } from './store.js';
import { Studio } from './studio.jsx';
import { missing, speak, t } from './translate.js';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import 'bpmn-js-token-simulation/assets/css/bpmn-js-token-simulation.css';
import 'bpmn-js-color-picker/colors/color-picker.css';
import 'diagram-js-minimap/assets/diagram-js-minimap.css';
import './style.css';

const LEGIBLE = 0.6;
const EMPTY = { forms: [], roles: [], posts: [], performers: [], operations: [], processes: [], decisions: [], variables: [], functions: [], messages: [], blocks: [] };

async function start(root) {
  const early = root.dataset.diagram && drawn(root.dataset.diagram); // while what there is to choose is looked up
  const config = await configured(root.dataset.config);
  config.catalogue = { ...EMPTY, ...config.catalogue };
  speak(config.locale);
  const store = new Store({
    readonly: config.readonly, fixed: config.readonly, blocks: config.catalogue.blocks, lock: null, found: [], problems: [],
    saving: { state: 'saved', at: null }, dialog: null, spoken: '',
  });
  const canvas = document.createElement('div');
  canvas.className = 'eo-canvas';
  const modeler = createModeler(canvas, store);
  const server = new Server(root.dataset.config, config);
  const load = async (xml) => {
    await modeler.importXML(xml);
    showOrigins(modeler, config.origins);
  };
  const read = async () => (await modeler.saveXML({ format: true })).xml;
  const keeper = new Keeper({ server, store, read, load, config });
  const problems = new Problems(modeler, store);
  const check = async (text, element, performer) => (await server.expression(text, element, performer)).body;
  root.replaceChildren();
  render(<Studio {...{ modeler, store, keeper, config, check, canvas }} facts={new Facts(modeler)} />, root);
  Object.assign(window.EO, { modeler, keeper, store, problems });
  learn({ root, config, store });
  await open({ opened: early || server.diagram(), server, keeper, modeler, store, load });
}

// After each save: forms chosen and results named meanwhile are names that a condition may ask for.
function learn({ root, config, store }) {
  let known = store.values.saving.at;
  store.listeners.add(async ({ saving: { at } }) => {
    if (at === known) return;
    known = at;
    const fresh = await configured(root.dataset.config).catch(() => null);
    if (!fresh) return;
    config.catalogue.variables = fresh.catalogue.variables;
    store.set({ learnt: at });
  });
}

async function open({ opened, server, keeper, modeler, store, load }) {
  const { status, xml, version } = await opened;
  if (status !== 200) throw new Error(`diagram ${status}`);
  keeper.version = version ?? keeper.version;
  await load(xml);
  fit(modeler, LEGIBLE);
  const asked = modeler.get('elementRegistry').find(({ id }) => location.hash === `#${encodeURIComponent(id)}`);
  if (asked) show(modeler, asked.id); // a list of what is to do leads here
  modeler.on('commandStack.changed', () => keeper.changed());
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest?.('input, textarea, select, [contenteditable]');
    if (event.key === '?' && !typing) store.set({ dialog: { name: 'keys' } });
  });
  performance.mark('eo-ready');
  document.getElementById('editor').dataset.ready = 'yes';
  await keeper.watch();
  await keeper.offer(xml);
  const { status: answer, body } = await server.check(xml);
  if (answer === 200) store.set({ found: body.problems ?? [] });
}

function refuse(root, error) {
  const said = document.createElement('p');
  said.className = 'eo-banner eo-wrong';
  said.setAttribute('role', 'alert');
  said.textContent = t('The diagram could not be opened. Reload the page; if it stays so, tell whoever runs the system.');
  root.prepend(said);
  console.error(error);
}

const root = document.getElementById('editor');
window.EO = { missing };
if (root) start(root).catch((error) => refuse(root, error));
