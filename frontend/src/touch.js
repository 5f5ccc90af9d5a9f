// The libraries understand fingers for taps only: one finger on the ground moves the sheet, two zoom.
function Fingers(canvas, eventBus) {
  eventBus.once('diagram.init', () => {
    const ground = canvas.getContainer();
    const down = new Map();
    ground.addEventListener('pointerdown', (event) => {
      if (event.pointerType !== 'mouse' && !event.target.closest('.djs-palette, .djs-context-pad, .djs-popup, .djs-minimap')) {
        down.set(event.pointerId, { x: event.clientX, y: event.clientY });
      }
    });
    ground.addEventListener('pointermove', (event) => {
      if (!down.has(event.pointerId)) return;
      const before = middle(down);
      down.set(event.pointerId, { x: event.clientX, y: event.clientY });
      const now = middle(down);
      canvas.scroll({ dx: now.x - before.x, dy: now.y - before.y });
      if (before.apart && now.apart) {
        const { left, top } = ground.getBoundingClientRect();
        const zoom = Math.min(4, Math.max(0.2, (canvas.zoom() * now.apart) / before.apart));
        canvas.zoom(zoom, { x: now.x - left, y: now.y - top });
      }
    });
    for (const name of ['pointerup', 'pointercancel', 'pointerleave']) {
      ground.addEventListener(name, (event) => down.delete(event.pointerId));
    }
  });
}
Fingers.$inject = ['canvas', 'eventBus'];

function middle(fingers) {
  const [first, second = first] = [...fingers.values()];
  return { x: (first.x + second.x) / 2, y: (first.y + second.y) / 2, apart: Math.hypot(first.x - second.x, first.y - second.y) };
}

export default { __init__: ['fingers'], fingers: ['type', Fingers] };
