// The whole of the editor: tools above, the drawing with its panel, what is wrong below.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { clock } from './clock.js';
import { Dialogs } from './dialogs.jsx';
import { exportAs } from './exporting.js';
import { Icon } from './icons.jsx';
import { labelOf } from './kinds.js';
import { fit, show } from './modeler.js';
import { Panel } from './panel.jsx';
import { WEIGHTS, wordOf } from './problems.js';
import { useStore } from './store.js';
import { t } from './translate.js';

const SAYINGS = {
  saved: ({ at }) => (at ? t('saved at {at}', { at: clock(at) }) : t('saved')),
  changed: () => t('not saved yet'),
  saving: () => t('saving'),
  offline: ({ kept }) => (kept ? t('no connection: kept on this machine') : t('no connection: do not close this page')),
  conflict: () => t('somebody else has saved'),
  refused: ({ text }) => text || t('could not be saved'),
  gone: () => t('can no longer be saved'),
  'signed-out': () => t('you are signed out: kept on this machine'),
};

function Tool({ icon, label, onClick, pressed, disabled, words }) {
  return (
    <button type="button" class="eo-tool" title={label} aria-label={label} aria-pressed={pressed} disabled={disabled} onClick={onClick}>
      {icon && <Icon name={icon} />}{words && <span>{label}</span>}
    </button>
  );
}

function useHistory(modeler) {
  const [state, setState] = useState({});
  useEffect(() => {
    const stack = modeler.get('commandStack');
    const look = () => setState({ undo: stack.canUndo(), redo: stack.canRedo(), zoom: Math.round(modeler.get('canvas').zoom() * 100) });
    const changes = ['commandStack.changed', 'canvas.viewbox.changed', 'import.done'];
    modeler.on(changes, look);
    look();
    return () => modeler.off(changes, look);
  }, [modeler]);
  return state;
}

function Toolbar({ modeler, values, store, config, onProblems }) {
  const { undo, redo, zoom } = useHistory(modeler);
  const [playing, setPlaying] = useState(false);
  const canvas = modeler.get('canvas');
  const stack = modeler.get('commandStack');
  const still = values.readonly || playing;
  const step = (factor) => () => canvas.zoom(Math.min(4, Math.max(0.2, canvas.zoom() * factor)), 'auto');
  const play = () => { modeler.get('toggleMode').toggleMode(); setPlaying(!playing); };
  const counts = WEIGHTS.map((weight) => [weight, values.problems.filter((one) => one.severity === weight).length]).filter(([, count]) => count);
  const { state } = values.saving;
  return (
    <div class="eo-tools" role="toolbar" aria-label={t('Tools')}>
      <Tool icon="undo" label={t('Undo')} disabled={!undo || still} onClick={() => stack.undo()} />
      <Tool icon="redo" label={t('Redo')} disabled={!redo || still} onClick={() => stack.redo()} />
      <Tool icon="minus" label={t('Smaller')} onClick={step(0.8)} />
      <span class="eo-zoom">{zoom ? `${zoom} %` : ''}</span>
      <Tool icon="plus" label={t('Larger')} onClick={step(1.25)} />
      <Tool icon="fit" label={t('Fit the window')} onClick={() => fit(modeler)} />
      <Tool icon="search" label={t('Search in diagram')} onClick={() => setTimeout(() => modeler.get('searchPad').open())} />
      <Tool icon="play" words label={t('Walk through')} pressed={playing} onClick={play} />
      <Export modeler={modeler} config={config} />
      <Tool icon="keyboard" label={t('Keys')} onClick={() => store.set({ dialog: { name: 'keys' } })} />
      <button type="button" class="eo-tool eo-counts" onClick={onProblems}>
        {counts.length ? counts.map(([weight, count]) => <span key={weight} class={`eo-count ${weight}`}>{count} {wordOf(weight)}</span>) : <span class="eo-count none">{t('nothing wrong')}</span>}
      </button>
      {!values.fixed && <p class={`eo-state ${state}`} role="status">{SAYINGS[state](values.saving)}</p>}
      {state === 'signed-out' && <a class="button small" href={config.urls.draft} target="_blank" rel="noopener">{t('Sign in again')}</a>}
    </div>
  );
}

function Export({ modeler, config }) {
  const box = useRef();
  const as = (kind) => () => { box.current.open = false; exportAs(modeler, kind, config.title); };
  return (
    <details class="eo-menu" ref={box}>
      <summary class="eo-tool"><Icon name="file" /><span>{t('Download')}</span></summary>
      <div class="eo-sheet">
        {['bpmn', 'svg', 'png'].map((kind) => <button key={kind} type="button" class="eo-item" onClick={as(kind)}>{kind.toUpperCase()}</button>)}
        {config.urls.pdf && <a class="eo-item" href={config.urls.pdf}>PDF</a>}
      </div>
    </details>
  );
}

function Banner({ values, keeper }) {
  const { lock, fixed } = values;
  if (fixed) return <p class="eo-banner">{t('You can look at this diagram, but not change it.')}</p>;
  if (!lock || lock.mine) return null;
  return (
    <p class="eo-banner">
      <span>{t('{by} has been drawing since {since}; you can look on.', { by: lock.by ?? '?', since: clock(lock.since) })}</span>
      <button type="button" class="button" onClick={() => keeper.lock(true)}>{t('Take over')}</button>
    </p>
  );
}

function ProblemList({ values, modeler, listRef }) {
  const registry = modeler.get('elementRegistry');
  return (
    <section class="eo-problems" aria-label={t('What is wrong')} ref={listRef} tabindex={-1}>
      <h2>{t('What is wrong')}</h2>
      {!values.problems.length && <p class="eo-quiet">{t('Nothing was found that would stop this procedure.')}</p>}
      <ol class="eo-list">
        {values.problems.map((one, index) => {
          const element = registry.get(one.element);
          return (
            <li key={`${one.element} ${one.code} ${index}`}>
              <button type="button" class="eo-item" onClick={() => show(modeler, one.element)}>
                <span class={`eo-count ${one.severity}`}>{wordOf(one.severity)}</span>
                {element && element.type !== 'bpmn:Process' && <strong>{labelOf(element)}</strong>}
                <span>{one.text}</span>
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

export function Studio({ modeler, store, keeper, facts, config, check, canvas }) {
  const values = useStore(store);
  const ground = useRef();
  const list = useRef();
  useLayoutEffect(() => { ground.current.append(canvas); }, []);
  return (
    <div class={`eo-studio ${values.readonly ? 'reading' : ''}`}>
      <Toolbar {...{ modeler, values, store, config }} onProblems={() => list.current.focus()} />
      <Banner {...{ values, keeper }} />
      {config.inherited && <p class="eo-banner">{t('This diagram comes from {place}. What is changed here holds for {here} only.', { place: config.inherited, here: config.place })}</p>}
      <div class="eo-body">
        <div class="eo-ground" ref={ground} />
        <section class="eo-panel" aria-label={t('Properties')} tabindex={0}>
          <Panel {...{ modeler, facts, catalogue: config.catalogue, check }} readonly={values.readonly} />
        </section>
      </div>
      <ProblemList {...{ values, modeler }} listRef={list} />
      <p class="visually-hidden" role="status">{values.spoken}</p>
      <Dialogs dialog={values.dialog} {...{ store, keeper, modeler, config }} />
    </div>
  );
}
