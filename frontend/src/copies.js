// Work that no server has yet, kept in this browser: one copy for each address it is to be saved at.
const opened = () => new Promise((resolve, reject) => {
  const request = indexedDB.open('eoffice-editor', 1);
  request.onupgradeneeded = () => request.result.createObjectStore('copies');
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

async function within(mode, act) {
  const base = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const request = act(base.transaction('copies', mode).objectStore('copies'));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } finally {
    base.close();
  }
}

// Each answers null or false where the browser keeps nothing, as in a private window.
export const find = (key) => within('readonly', (store) => store.get(key)).catch(() => null);
export const keep = (key, copy) => within('readwrite', (store) => store.put(copy, key)).then(() => true, () => false);
export const drop = (key) => within('readwrite', (store) => store.delete(key)).then(() => true, () => false);
