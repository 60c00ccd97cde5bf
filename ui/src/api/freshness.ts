import { type Query, QueryClient } from '@tanstack/react-query';
import { pause } from '@/clock';
import { onChanged, type Tag } from './backend';
import { tagName } from './queries';

/** Answers stay fresh until an event says otherwise; a refusal is not asked for again. */
export function newQueryClient(): QueryClient {
  const always = { networkMode: 'always', retry: false } as const;
  return new QueryClient({
    defaultOptions: {
      queries: { ...always, staleTime: Number.POSITIVE_INFINITY, refetchOnWindowFocus: false },
      mutations: always,
    },
  });
}

/** Milliseconds between two rounds, at least and at most: nobody reads faster, and nobody is to wait longer. */
const SHORTEST_PAUSE = 100;
const LONGEST_PAUSE = 500;

/**
 * Asks anew for what `changed` events make stale. Tags that arrive during a round wait for the next one, so that
 * a fast operation cannot cancel its own refreshes; a query that was under way when its tag came may have read
 * too early and is asked once more. After a round, twice the time that it took belongs to the user: however fast news
 * come in, a click is answered between them.
 */
export function keepFresh(client: QueryClient): () => void {
  let waiting = new Set<string>();
  let running = false;

  async function run() {
    running = true;
    while (waiting.size > 0) {
      const stale = waiting;
      waiting = new Set();
      const predicate = (query: Query) =>
        stale.has(tagName('everything')) || provided(query).some((tag) => stale.has(tag));
      for (const query of client.getQueryCache().findAll({ predicate, fetchStatus: 'fetching' })) {
        provided(query).forEach((tag) => void waiting.add(tag));
      }
      const begun = performance.now();
      await client.invalidateQueries({ predicate }, { cancelRefetch: false });
      // Now React shows what came.
      await pause(0);
      const owed = 2 * (performance.now() - begun);
      await pause(Math.min(Math.max(owed, SHORTEST_PAUSE), LONGEST_PAUSE));
    }
    running = false;
  }

  return onChanged((tags: Tag[]) => {
    for (const tag of tags) {
      waiting.add(tagName(tag));
    }
    if (!running) {
      void run();
    }
  });
}

function provided(query: Query): string[] {
  return (query.meta?.provides as string[] | undefined) ?? [];
}
