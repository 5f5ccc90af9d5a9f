// What the editor knows beside the diagram, and who wants to hear of it.
import { useEffect, useState } from 'preact/hooks';

export class Store {
  constructor(values) {
    this.values = values;
    this.listeners = new Set();
  }

  set(changes) {
    this.values = { ...this.values, ...changes };
    this.listeners.forEach((listener) => listener(this.values));
  }
}

export function useStore(store) {
  const [values, setValues] = useState(store.values);
  useEffect(() => {
    setValues(store.values);
    store.listeners.add(setValues);
    return () => store.listeners.delete(setValues);
  }, [store]);
  return values;
}
