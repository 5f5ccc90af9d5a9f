// Elements about which another place has the last word: dimmed, with the name of the place.
export function showOrigins(modeler, origins) {
  const overlays = modeler.get('overlays');
  const canvas = modeler.get('canvas');
  overlays.remove({ type: 'eo-origin' });
  for (const [id, label] of Object.entries(origins ?? {})) {
    const element = modeler.get('elementRegistry').get(id);
    if (!element) continue;
    canvas.addMarker(id, 'eo-inherited');
    const html = document.createElement('div');
    html.className = 'eo-origin';
    html.textContent = label;
    overlays.add(element, 'eo-origin', { position: { bottom: -4, left: 0 }, html });
  }
}
