import { useSyncExternalStore } from 'react';

/** One timer for the whole window; it runs only while somebody looks. */
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const heard of listeners) heard();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** What `read` makes of the present moment (milliseconds since 1970). Renders again only when the result changes. */
export function useNow<T extends string | number | null>(read: (now: number) => T): T {
  return useSyncExternalStore(subscribe, () => read(Date.now()));
}

/** Over after so many milliseconds. */
export const pause = (milliseconds: number) => new Promise((over) => setTimeout(over, milliseconds));
