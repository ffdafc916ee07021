// State outside React: `set` changes it at once, listeners hear of it at most once per animation frame. A burst of a thousand events
// therefore costs one render, and the page answers clicks in between.

import { useSyncExternalStore } from 'react';

export interface Store<T> {
  get(): T;
  set(change: (state: T) => T): void;
  subscribe(listener: () => void): () => void;
}

export function createStore<T>(initial: T, minInterval = 0): Store<T> {
  let state = initial;
  let shown = initial;
  let scheduled = false;
  let last = 0;
  const listeners = new Set<() => void>();

  function publish() {
    scheduled = false;
    last = performance.now();
    if (shown === state) return;
    shown = state;
    for (const listener of listeners) listener();
  }

  return {
    get: () => state,
    set(change) {
      state = change(state);
      if (scheduled) return;
      scheduled = true;
      const wait = minInterval - (performance.now() - last);
      if (wait > 0) setTimeout(() => nextFrame(publish), wait);
      else nextFrame(publish);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Frames stop in a hidden tab; a timer takes over there, so that state shown later is not stale. */
function nextFrame(run: () => void): void {
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    run();
  };
  requestAnimationFrame(once);
  setTimeout(once, 200);
}

export function useStore<T, S>(store: Store<T>, select: (state: T) => S): S {
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}
