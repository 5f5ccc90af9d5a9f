// The outline icons of the toolbar, beside their words or labels.
const PATHS = {
  undo: 'M9 7 4 12l5 5M4 12h10a6 6 0 0 1 0 12', redo: 'm15 7 5 5-5 5M20 12H10a6 6 0 0 0 0 12', plus: 'M12 5v14M5 12h14', minus: 'M5 12h14',
  fit: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5', search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5',
  play: 'M7 4v16l13-8z', keyboard: 'M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M8 14h8', file: 'M12 3v12m-5-5 5 5 5-5M4 20h16',
};
const SHIFTED = new Set(['undo', 'redo']);

export const Icon = ({ name }) => (
  <svg class="eo-icon" viewBox="0 0 24 24" aria-hidden="true"><path d={PATHS[name]} transform={SHIFTED.has(name) ? 'translate(0 -4)' : undefined} /></svg>
);
