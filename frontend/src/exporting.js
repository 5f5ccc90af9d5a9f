// The diagram as a file from the browser: BPMN, SVG, PNG.
const LONGEST = 8_000; // pixels of a side; browsers draw no larger canvas

export function download(name, type, content) {
  const link = document.createElement('a');
  link.download = name;
  link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const fileName = (title, end) => `${title.normalize('NFC').replace(/[^\p{L}\p{N} _-]+/gu, ' ').trim().slice(0, 80) || 'diagram'}.${end}`;

export async function exportAs(modeler, kind, title) {
  if (kind === 'bpmn') {
    const { xml } = await modeler.saveXML({ format: true });
    return download(fileName(title, 'bpmn'), 'application/xml', xml);
  }
  const { svg } = await modeler.saveSVG();
  if (kind === 'svg') return download(fileName(title, 'svg'), 'image/svg+xml', svg);
  return download(fileName(title, 'png'), 'image/png', await png(svg));
}

async function png(svg) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const scale = Math.min(2, LONGEST / Math.max(image.width, image.height));
  const canvas = Object.assign(document.createElement('canvas'), { width: image.width * scale, height: image.height * scale });
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}
