/** The field by which the screen in sight filters what it shows, if it has one: it registers itself. */
import { useSyncExternalStore } from 'react';

let field: HTMLInputElement | null = null;
const listeners = new Set<() => void>();

function change(next: HTMLInputElement | null) {
  field = next;
  for (const heard of listeners) heard();
}

/** As the `ref` of the field. */
export function isFilterField(input: HTMLInputElement): () => void {
  change(input);
  return () => {
    if (field === input) change(null);
  };
}

export const hasFilterField = () => field !== null;

export function focusFilterField(): void {
  field?.focus();
  field?.select();
}

/** Whether there is one. */
export const useHasFilterField = () => useSyncExternalStore(subscribe, hasFilterField);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
