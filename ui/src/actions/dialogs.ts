/** Every dialog is one variant of one union; at most one is open, and above it the question before the end. */
import { useSyncExternalStore } from 'react';
import { takeTyped, typeAhead } from './type-ahead';

export type Dialog =
  | { dialog: 'access'; deployment: string; environment: string }
  /** To take an operation over that was interrupted on another machine. */
  | { dialog: 'take-over'; deployment: string }
  /** To find an action or a place by a few letters. */
  | { dialog: 'palette' }
  | { dialog: 'shortcuts' };

type Dialogs = {
  open: Dialog | null;
  /** Whether the app ends although something runs. What is being edited below stays. */
  leaving: boolean;
};

let dialogs: Dialogs = { open: null, leaving: false };
const listeners = new Set<() => void>();

function change(next: Partial<Dialogs>) {
  dialogs = { ...dialogs, ...next };
  for (const heard of listeners) heard();
}

/** Opens a dialog in place of any other; `null` closes it. */
export function showDialog(open: Dialog | null) {
  // Who asks for the palette goes on typing at once.
  if (open?.dialog === 'palette') typeAhead(() => showDialog(null));
  else takeTyped();
  change({ open });
}

/** Opens the question before the end. Only in an access there is something to be kept. */
export const askToLeave = () =>
  change({ open: dialogs.open?.dialog === 'access' ? dialogs.open : null, leaving: true });
export const stay = () => change({ leaving: false });

/** What is open. */
export const useDialogs = () => useSyncExternalStore(subscribe, () => dialogs);

/** Whether anything is. */
export const isDialogOpen = () => dialogs.open !== null || dialogs.leaving;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
