// A token walks through the diagram: the library's simulator, shown with our words, names as text and no styles in markup.
import ContextPads from 'bpmn-js-token-simulation/lib/features/context-pads/ContextPads';
import ContextPadsModule from 'bpmn-js-token-simulation/lib/features/context-pads';
import TokenCount from 'bpmn-js-token-simulation/lib/features/token-count/TokenCount';
import TokenCountModule from 'bpmn-js-token-simulation/lib/features/token-count';
import Palette from 'bpmn-js-token-simulation/lib/features/palette/Palette';
import Simulator from 'bpmn-js-token-simulation/lib/simulator';
import Animation from 'bpmn-js-token-simulation/lib/animation';
import SimulationState from 'bpmn-js-token-simulation/lib/features/simulation-state';
import ElementSupport from 'bpmn-js-token-simulation/lib/features/element-support';
import PauseSimulation from 'bpmn-js-token-simulation/lib/features/pause-simulation';
import ResetSimulation from 'bpmn-js-token-simulation/lib/features/reset-simulation';
import ExclusiveGatewaySettings from 'bpmn-js-token-simulation/lib/features/exclusive-gateway-settings';
import InclusiveGatewaySettings from 'bpmn-js-token-simulation/lib/features/inclusive-gateway-settings';
import NeutralElementColors from 'bpmn-js-token-simulation/lib/features/neutral-element-colors';
import DisableModeling from 'bpmn-js-token-simulation/lib/features/disable-modeling';
import { SCOPE_CREATE_EVENT, TOGGLE_MODE_EVENT } from 'bpmn-js-token-simulation/lib/util/EventHelper';
import { t } from './translate.js';

const TOKEN = { primary: '#0b5c57', auxiliary: '#ffffff' };

function named(node) {
  for (const one of [node, ...node.querySelectorAll('[title]')]) {
    if (!one.title || one.dataset.named) continue;
    one.title = t(one.title);
    one.dataset.named = 'yes';
    one.setAttribute('aria-label', one.title);
  }
  return node;
}

class WordedPads extends ContextPads {
  _addOverlay(element, options) {
    named(options.html);
    super._addOverlay(element, options);
  }
}

class PlainCount extends TokenCount {
  _getTokenHTML(element, scope) {
    return `<div class="bts-token-count waiting">${Number(scope.getTokensByElement(element))}</div>`;
  }
}

class WordedPalette extends Palette {
  addEntry(entry, index) {
    super.addEntry(named(entry), index);
  }
}

class Mode {
  static $inject = ['eventBus', 'canvas', 'selection'];

  constructor(eventBus, canvas, selection) {
    Object.assign(this, { eventBus, canvas, selection, active: false });
    eventBus.on('import.parse.start', () => this.toggleMode(false));
  }

  toggleMode(active = !this.active) {
    if (active === this.active) return;
    this.active = active;
    this.selection.select(null);
    const container = this.canvas.getContainer();
    container.parentNode.classList.toggle('simulation', active);
    container.querySelector('.djs-palette').classList.toggle('hidden', active);
    this.eventBus.fire(TOGGLE_MODE_EVENT, { active });
  }
}

class Notices {
  static $inject = ['config.eo'];

  constructor({ store }) {
    this.store = store;
  }

  showNotification({ text }) {
    this.store.set({ spoken: t(text) });
  }

  clear() {}
}

class ElementNotices {
  static $inject = ['overlays'];

  constructor(overlays) {
    this.overlays = overlays;
  }

  addElementNotification(element, { type = '', text }) {
    const html = document.createElement('div');
    html.className = `bts-element-notification ${type}`;
    html.textContent = t(text);
    this.overlays.add(element, 'bts-element-notification', { position: { top: -15, right: 15 }, html });
  }

  clear() {
    this.overlays.remove({ type: 'bts-element-notification' });
  }

  removeElementNotification(element) {
    this.overlays.remove({ element, type: 'bts-element-notification' });
  }
}

function OneColour(eventBus) {
  eventBus.on(SCOPE_CREATE_EVENT, 1500, ({ scope }) => {
    scope.colors = TOKEN;
  });
}
OneColour.$inject = ['eventBus'];

export default {
  __depends__: [
    Simulator,
    Animation,
    ContextPadsModule,
    SimulationState,
    TokenCountModule,
    ElementSupport,
    PauseSimulation,
    ResetSimulation,
    ExclusiveGatewaySettings,
    InclusiveGatewaySettings,
    NeutralElementColors,
    DisableModeling,
  ],
  __init__: ['oneColour', 'toggleMode'],
  oneColour: ['type', OneColour],
  toggleMode: ['type', Mode],
  contextPads: ['type', WordedPads],
  tokenCount: ['type', PlainCount],
  tokenSimulationPalette: ['type', WordedPalette],
  notifications: ['type', Notices],
  elementNotifications: ['type', ElementNotices],
};
