/** Every dialog is one variant of one union; at most one is open. */
import { useSyncExternalStore } from 'react';
import type { Request } from '@/api/backend';

export type Dialog = { dialog: 'operation'; deployment: string; request: Request };

let open: Dialog | null = null;
const listeners = new Set<() => void>();

/** Opens a dialog in place of any other; `null` closes it. */
export function showDialog(dialog: Dialog | null): void {
  open = dialog;
  for (const heard of listeners) heard();
}

/** Asks for an operation: it starts only once the user has seen the plan and said yes. */
export function askFor(deployment: string, request: Request): void {
  showDialog({ dialog: 'operation', deployment, request });
}

/** The open dialog. */
export function useDialog(): Dialog | null {
  return useSyncExternalStore(subscribe, () => open);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
