// Bundles the diagram editor for the browser: `node build.mjs [folder]`. The same sources give the same bytes.
import { readFileSync, writeFileSync, mkdirSync, existsSync, readdirSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import vi from './src/vi.js';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(process.argv[2] ?? path.join(here, '../app/web/static/vendor/editor'));
const LIMIT = 320_000; // bytes of script and style together, as they travel

// One format of the icon font instead of five.
const oneFont = {
  name: 'one-font',
  setup(plugin) {
    plugin.onLoad({ filter: /bpmn-font\/css\/bpmn\.css$/ }, ({ path: file }) => ({
      contents: readFileSync(file, 'utf8').replace(
        /@font-face\s*{[^}]*}/,
        "@font-face{font-family:'bpmn';font-display:block;src:url('../font/bpmn.woff2') format('woff2')}",
      ),
      loader: 'css',
      resolveDir: path.dirname(file),
    }));
  },
};

// The pages forbid styles in markup; pictures of the libraries carry some: the same as attributes of SVG.
const attributes = (markup) => markup.replace(/ style="((?:[a-z-]+:[^;"$]+;?)+)"/g, (_, rules) =>
  rules.split(';').filter(Boolean).map((rule) => ` ${rule.replace(':', '="')}"`).join(''));
const withoutStyles = {
  name: 'without-styles',
  setup(plugin) {
    plugin.onLoad({ filter: /(Icons|ColorPopupProvider)\.js$/ }, ({ path: file }) => ({
      contents: attributes(readFileSync(file, 'utf8')),
      loader: 'js',
    }));
  },
};

const built = await build({
  entryPoints: { editor: path.join(here, 'src/main.jsx') },
  absWorkingDir: here,
  outdir: out,
  bundle: true,
  minify: true,
  metafile: true,
  write: false,
  format: 'iife',
  target: ['es2020'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.svg': 'dataurl', '.woff2': 'file' },
  mainFields: ['module', 'browser', 'main'],
  assetNames: '[name]',
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [oneFont, withoutStyles],
});

const untranslated = sentences(built.metafile).filter((text) => !(text in vi));
if (untranslated.length) {
  console.error('without Vietnamese:', untranslated);
  process.exit(1);
}
mkdirSync(out, { recursive: true });
const files = built.outputFiles.map((file) => [path.basename(file.path), Buffer.from(file.contents)]);
files.push(['LICENSES', Buffer.from(licences(built.metafile))]);
let travelling = 0;
for (const [name, content] of files.sort()) {
  writeFileSync(path.join(out, name), content);
  const packed = gzipSync(content, { level: 9 }).length;
  travelling += /\.(js|css)$/.test(name) ? packed : 0;
  console.log(createHash('sha256').update(content).digest('hex'), '', name, content.length, packed);
}
console.log(`script and style: ${travelling} bytes with gzip -9, at most ${LIMIT}`);
if (travelling > LIMIT) process.exit(1);

// Every package of which something is inside, with its licence in full.
function licences({ inputs }) {
  const names = new Set(Object.keys(inputs).map((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]).filter(Boolean));
  return [...names].sort().map((name) => {
    const folder = path.join(here, 'node_modules', name);
    const { version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json')));
    const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    const text = file && existsSync(path.join(folder, file)) ? readFileSync(path.join(folder, file), 'utf8').trim() : '';
    return `${name} ${version} (${license ?? 'see below'})\n\n${text}\n`;
  }).join(`\n${'-'.repeat(80)}\n\n`);
}

// Everything that is said: sentences given to a translator, and the names of what menus offer.
function sentences({ inputs }) {
  const found = new Set();
  for (const file of Object.keys(inputs).filter((one) => /\.jsx?$/.test(one) && !one.includes('/i18n/'))) {
    const text = readFileSync(path.join(here, file), 'utf8');
    const menus = /ReplaceOptions|create-append|ColorPopup/.test(file) ? [/\b(?:label|title|name): '((?:[^'\\]|\\.)+)'/g] : [];
    for (const shape of [/\b(?:t|translate|_translate)\(\s*'((?:[^'\\]|\\.)+)'/g, ...menus]) {
      for (const match of text.matchAll(shape)) if (/[A-Za-z]{2}/.test(match[1]) && !/[+]/.test(match[1])) found.add(match[1]);
    }
  }
  return [...found].sort();
}
