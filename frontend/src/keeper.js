// Keeps what is drawn: saved two seconds after a change, one save at a time, and never lost.
//
// What the office has not confirmed stays in this browser. `store.saving.state` is one of: saved, changed, saving,
// offline, conflict, refused, gone, signed-out.
import * as copies from './copies.js';

const CALM = 2_000;
const RENEW = 30_000;
const LONGEST = 60_000;
const SIGNING_IN = 15_000;
const LOCKED = 423;
const GONE = new Set([403, 404, 409, 410]);

export class Keeper {
  constructor({ server, store, read, load, config }) {
    Object.assign(this, { server, store, read, load });
    this.key = config.urls.save;
    this.version = config.row_version;
    this.changes = 0;
    this.savedChanges = 0;
    this.failures = 0;
    this.report({ state: 'saved', at: null });
  }

  get isUnsaved() {
    return this.changes > this.savedChanges;
  }

  report(saving) {
    this.store.set({ saving: { ...this.store.values.saving, ...saving } });
  }

  // Something was drawn.
  changed() {
    this.changes += 1;
    if (this.store.values.saving.state !== 'saving') this.report({ state: 'changed' });
    this.plan(CALM);
  }

  plan(wait) {
    clearTimeout(this.timer);
    if (!this.store.values.readonly) this.timer = setTimeout(() => this.save(), wait);
  }

  async save() {
    clearTimeout(this.timer);
    if (!this.isUnsaved || this.saving || ['conflict', 'gone'].includes(this.store.values.saving.state)) return;
    this.saving = true;
    const count = this.changes;
    if (this.store.values.saving.state === 'signed-out') await this.server.renew();
    this.report({ state: 'saving' });
    const xml = await this.read();
    const kept = await copies.keep(this.key, { xml, version: this.version, at: new Date().toISOString() });
    const { status, body } = await this.server.save(xml, this.version);
    this.saving = false;
    if (status === 200) await this.done(count, body);
    else this.failed(status, body, kept);
  }

  async done(count, body) {
    this.failures = 0;
    this.version = body.row_version;
    this.savedChanges = count;
    this.report({ state: this.isUnsaved ? 'changed' : 'saved', at: body.saved_at, text: '' });
    this.store.set({ found: body.problems ?? this.store.values.found });
    if (this.isUnsaved) this.plan(CALM);
    else await copies.drop(this.key);
  }

  failed(status, body, kept) {
    const text = body.text ?? '';
    if (status === 412) {
      this.report({ state: 'conflict', text });
      this.store.set({ dialog: { name: 'conflict', ...body } });
    } else if (status === LOCKED) {
      this.report({ state: 'changed', text });
      this.store.set({ readonly: true, lock: { mine: false, by: body.by, since: body.since } });
    } else if (status === 401 || status === 400) {
      this.report({ state: 'signed-out', text });
      this.plan(SIGNING_IN);
    } else if (GONE.has(status)) {
      this.report({ state: 'gone', text });
      this.store.set({ dialog: { name: 'gone', text }, readonly: true });
    } else if (status === 0 || status === 429 || status >= 500) {
      this.failures += 1;
      this.report({ state: 'offline', kept });
      this.plan(Math.min(LONGEST, CALM * 2 ** this.failures));
    } else {
      this.report({ state: 'refused', text });
    }
  }

  // Somebody else saved meanwhile, and this one's work is to count all the same.
  async overwrite(version) {
    this.version = version;
    this.report({ state: 'changed' });
    await this.save();
  }

  // What the office has now, instead of what is shown; an unsaved copy stays until somebody decides about it.
  async reload() {
    const { status, xml, version } = await this.server.diagram();
    if (status !== 200) {
      this.report({ state: status === 0 ? 'offline' : 'signed-out' });
      return;
    }
    await this.load(xml);
    this.version = version ?? this.version;
    this.savedChanges = this.changes;
    this.report({ state: 'saved', at: null, text: '' });
    await this.offer(xml);
  }

  async takeTheirs() {
    await this.discard();
    await this.reload();
  }

  // The unsaved copy of an earlier visit, if it says something else than the office has.
  async leftOver(xml) {
    const copy = await copies.find(this.key);
    return copy && copy.xml !== xml ? copy : null;
  }

  // Ask about it, when somebody may draw.
  async offer(xml) {
    const copy = this.store.values.readonly ? null : await this.leftOver(xml);
    if (copy) this.store.set({ dialog: { name: 'restore', copy } });
  }

  async restore(copy) {
    await this.load(copy.xml);
    this.changed();
  }

  discard() {
    return copies.drop(this.key);
  }

  // Who may draw: asked at the beginning and every half minute, as others may take over.
  async watch() {
    if (!this.store.values.fixed) await this.lock(false);
    this.renewal = setInterval(() => this.store.values.fixed || this.lock(false), RENEW);
    window.addEventListener('online', () => this.save());
    window.addEventListener('pagehide', () => this.store.values.lock?.mine && this.server.release());
    window.addEventListener('beforeunload', (event) => this.isUnsaved && event.preventDefault());
  }

  async lock(take) {
    const { status, body } = await this.server.lock(take);
    if (status === 403 || status === 404) this.refused(status, body);
    if (status !== 200) return;
    const wasLocked = this.store.values.lock && !this.store.values.lock.mine;
    this.store.set({ lock: body, readonly: this.store.values.fixed || !body.mine });
    if (body.mine && this.isUnsaved) this.plan(0);
    else if (body.mine && wasLocked) await this.reload();
  }

  // Whoever may never draw looks on; whoever could until now is told that it is over.
  refused(status, body) {
    if (this.store.values.lock) this.failed(status, body);
    else this.store.set({ readonly: true, fixed: true });
  }
}
