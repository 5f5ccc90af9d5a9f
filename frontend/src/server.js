// Talking to the office: one answer for every way a request may end, and no exceptions.
const answered = async (response) => {
  if (response.type === 'opaqueredirect' || response.status === 401) return { status: 401, body: {} };
  const body = response.headers.get('Content-Type')?.includes('json') ? await response.json().catch(() => ({})) : {};
  return { status: response.status, body };
};

export async function configured(address) {
  const response = await fetch(address, { credentials: 'same-origin', redirect: 'manual', headers: { Accept: 'application/json' } });
  if (!response.ok) throw new Error(`config ${response.status}`);
  return response.json();
}

// The diagram as it is kept, and which state of the draft it is.
export async function drawn(address) {
  try {
    const response = await fetch(address, { credentials: 'same-origin', redirect: 'manual', cache: 'no-store' });
    if (!response.ok) return { status: response.status };
    const version = /\d+/.exec(response.headers.get('ETag') ?? '');
    return { status: 200, xml: await response.text(), version: version ? Number(version[0]) : null };
  } catch {
    return { status: 0 };
  }
}

export class Server {
  constructor(address, { urls, csrf }) {
    Object.assign(this, { address, urls, csrf });
  }

  // Whoever has signed in again, perhaps in another tab, has a new token.
  async renew() {
    this.csrf = (await configured(this.address).catch(() => this)).csrf;
  }

  async send(method, url, { body, type, ...headers } = {}, options = {}) {
    try {
      const response = await fetch(url, {
        method,
        body,
        redirect: 'manual',
        credentials: 'same-origin',
        headers: { Accept: 'application/json', 'X-CSRFToken': this.csrf, ...(type ? { 'Content-Type': type } : {}), ...headers },
        ...options,
      });
      return await answered(response);
    } catch {
      return { status: 0, body: {} };
    }
  }

  json(method, url, values, options) {
    return this.send(method, url, { body: JSON.stringify(values), type: 'application/json' }, options);
  }

  diagram() {
    return drawn(this.urls.diagram);
  }

  save(xml, version) {
    return this.send('PUT', this.urls.save, { body: xml, type: 'application/xml', 'If-Match': `"${version}"` });
  }

  check(xml) {
    return this.send('POST', this.urls.check, { body: xml, type: 'application/xml' });
  }

  expression(text, element, performer) {
    return this.json('POST', this.urls.expression, { text, element, ...(performer ? { performer } : {}) });
  }

  lock(take) {
    return this.json('POST', this.urls.lock, { take });
  }

  release() {
    return this.send('DELETE', this.urls.lock, {}, { keepalive: true });
  }
}
