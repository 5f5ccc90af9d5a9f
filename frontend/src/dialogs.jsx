// Questions that need an answer before the work goes on, and the help for the keyboard.
import { useEffect, useRef } from 'preact/hooks';
import { exportAs } from './exporting.js';
import { insert } from './modeler.js';
import { moment } from './clock.js';
import { t } from './translate.js';

function Dialog({ title, children, onClose }) {
  const box = useRef();
  useEffect(() => { box.current.showModal(); }, []);
  return (
    <dialog class="eo-dialog" ref={box} aria-labelledby="eo-dialog-title" onCancel={(event) => { event.preventDefault(); onClose?.(); }}>
      <h2 id="eo-dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}

const Button = ({ primary, onClick, children }) => <button type="button" class={`button ${primary ? 'primary' : ''}`} onClick={onClick}>{children}</button>;

export function Dialogs({ dialog, store, keeper, modeler, config }) {
  const close = () => store.set({ dialog: null });
  const mine = () => exportAs(modeler, 'bpmn', config.title);
  const act = (what) => async () => { // nothing can be drawn under a question that is not settled
    await what();
    if (store.values.dialog === dialog) close();
  };
  const all = { conflict: Conflict, gone: Gone, restore: Restore, blocks: BlockList, keys: Keys };
  const One = all[dialog?.name];
  return One ? <One {...{ dialog, close, mine, act, store, keeper, modeler, config }} /> : null;
}

function Conflict({ dialog, mine, act, close, keeper }) {
  return (
    <Dialog title={t('Somebody else has saved this draft')} onClose={close}>
      <p>{t('{by} saved at {at}, after you had opened it. Your work is kept on this machine; nothing is lost.', { by: dialog.by ?? '?', at: moment(dialog.at) })}</p>
      <div class="eo-answers">
        <Button primary onClick={act(async () => { await mine(); await keeper.takeTheirs(); })}>{t('Keep mine as a file and take theirs')}</Button>
        <Button onClick={act(() => keeper.takeTheirs())}>{t('Take theirs')}</Button>
        <Button onClick={act(() => keeper.overwrite(dialog.row_version))}>{t('Replace theirs with mine')}</Button>
      </div>
    </Dialog>
  );
}

function Gone({ dialog, mine, close, config }) {
  return (
    <Dialog title={t('This draft can no longer be saved')} onClose={close}>
      <p>{dialog.text || t('It has been published or removed meanwhile.')} {t('What you drew is kept on this machine; download it before you leave.')}</p>
      <div class="eo-answers">
        <Button primary onClick={mine}>{t('Download what I drew')}</Button>
        {config.urls.draft && <a class="button" href={config.urls.draft}>{t('To the draft')}</a>}
        <Button onClick={close}>{t('Look at it')}</Button>
      </div>
    </Dialog>
  );
}

function Restore({ dialog, act, keeper, close }) {
  const { copy } = dialog;
  return (
    <Dialog title={t('There is work that was not saved')} onClose={close}>
      <p>{t('This machine keeps a copy of {at} that the office does not have.', { at: moment(copy.at) })}</p>
      {copy.version !== keeper.version && <p class="eo-wrong">{t('The draft has been saved by others since then; restoring will replace what they saved.')}</p>}
      <div class="eo-answers">
        <Button primary onClick={act(() => keeper.restore(copy))}>{t('Restore my copy')}</Button>
        <Button onClick={act(() => keeper.discard())}>{t('Throw it away')}</Button>
      </div>
    </Dialog>
  );
}

function BlockList({ act, close, modeler, store }) {
  const choose = (block) => act(async () => {
    try {
      await insert(modeler, block.xml);
    } catch {
      store.set({ spoken: t('This block cannot be inserted.') });
    }
  });
  return (
    <Dialog title={t('Ready-made blocks')} onClose={close}>
      <p>{t('A block is put below what is drawn.')}</p>
      <ul class="eo-list">{store.values.blocks.map((block) => <li key={block.name}><button type="button" class="eo-item" onClick={choose(block)}>{block.name}</button></li>)}</ul>
      <div class="eo-answers"><Button onClick={close}>{t('Close')}</Button></div>
    </Dialog>
  );
}

const KEYS = [
  ['Ctrl+Z', () => t('undo')], ['Ctrl+Y', () => t('do again')], ['Ctrl+C, Ctrl+V', () => t('copy and paste, also into another diagram')],
  ['Ctrl+F', () => t('search in the diagram')], ['Ctrl+A', () => t('select everything')], ['Delete', () => t('delete what is selected')],
  ['Ctrl + +, Ctrl + -', () => t('larger, smaller')], ['Ctrl+0', () => t('one to one')], ['H', () => t('move the sheet')], ['L', () => t('select an area')],
  ['S', () => t('make or take room')], ['C', () => t('connect')], ['E', () => t('edit the name')], ['R', () => t('change the kind')],
  ['A', () => t('append an element')], ['N', () => t('create an element')], ['← ↑ → ↓', () => t('move what is selected')], ['?', () => t('this help')],
];

function Keys({ close }) {
  return (
    <Dialog title={t('Keys')} onClose={close}>
      <dl class="eo-keys">{KEYS.map(([key, said]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{said()}</dd></div>)}</dl>
      <div class="eo-answers"><Button primary onClick={close}>{t('Close')}</Button></div>
    </Dialog>
  );
}

