/** Every dialog is one variant of one union; at most one is open. */
import { useSyncExternalStore } from 'react';

export type Dialog =
  | { dialog: 'access'; deployment: string; environment: string }
  /** To find an action or a place by a few letters. */
  | { dialog: 'palette' }
  | { dialog: 'shortcuts' }
  /** Whether the app ends although something runs. */
  | { dialog: 'leave' };

let open: Dialog | null = null;
const listeners = new Set<() => void>();

/** Opens a dialog in place of any other; `null` closes it. */
export function showDialog(dialog: Dialog | null): void {
  open = dialog;
  for (const heard of listeners) heard();
}

/** The open dialog. */
export function useDialog(): Dialog | null {
  return useSyncExternalStore(subscribe, () => open);
}

/** Whether one is open. */
export const isDialogOpen = () => open !== null;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
