/** Asking CloudFormation for many deployments, a few at once. It goes on while other screens are looked at. */
import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { refreshing } from '@/actions/ask-cloudformation';

/** As many as make sense before AWS asks to be asked less. */
const AT_ONCE = 4;

export type RefreshOfMany = {
  total: number;
  done: number;
  failed: { id: string; error: Error }[];
  /** Deployments in which something was mended. */
  mended: number;
  /** What is under way is awaited, what is not is left out. */
  stopped: boolean;
  over: boolean;
};

let run: RefreshOfMany | null = null;
const listeners = new Set<() => void>();

function change(next: RefreshOfMany | null) {
  run = next;
  for (const heard of listeners) heard();
}

/** Refreshes these deployments, unless it is under way. */
export async function refreshMany(client: QueryClient, ids: string[]): Promise<void> {
  if (run && !run.over) return;
  let now: RefreshOfMany = { total: ids.length, done: 0, failed: [], mended: 0, stopped: false, over: false };
  const add = (part: Partial<RefreshOfMany>) => {
    now = { ...now, stopped: run?.stopped ?? false, ...part };
    change(now);
  };
  change(now);
  const left = ids.values();
  // The same question as any other, so that whoever looks at one of them sees it; what comes of it is told of all.
  const cache = client.getMutationCache();
  const ask = (id: string) =>
    cache.build(client, { ...refreshing(id, null), meta: { quiet: true } }).execute(undefined);
  const worker = async () => {
    for (const id of left) {
      if (run?.stopped) return;
      try {
        const { mended } = await ask(id);
        add({ done: now.done + 1, mended: now.mended + Number(mended.length > 0) });
      } catch (error) {
        add({ done: now.done + 1, failed: [...now.failed, { id, error: error as Error }] });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  add({ over: true });
}

/** Starts no further one. */
export function stopRefresh(): void {
  if (run) change({ ...run, stopped: true });
}

/** Its outcome was seen. */
export function dismissRefresh(): void {
  change(null);
}

/** The refresh that runs or ran last, until it is dismissed. */
export function useRefreshOfMany(): RefreshOfMany | null {
  return useSyncExternalStore(subscribe, () => run);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
