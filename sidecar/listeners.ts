/** Who wants to be called at each change. */
export interface Listeners {
  /** Calls back at each change, until what it returns is called. */
  onChange: (listener: () => void) => () => void;
  notify: () => void;
}

/** Keeps the listeners of one thing. */
export function createListeners(): Listeners {
  const listeners = new Set<() => void>();
  return {
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    notify: () => {
      for (const listener of listeners) listener();
    },
  };
}
