import type { MutationOptions, QueryClient } from '@tanstack/react-query';

/** Runs a mutation for an action that has no place on the screen; one that is under way is not run twice. */
export function run<Data, Variables>(
  client: QueryClient,
  mutation: MutationOptions<Data, Error, Variables>,
  variables: Variables,
): void {
  const cache = client.getMutationCache();
  const same = { mutationKey: mutation.mutationKey, exact: true, status: 'pending' } as const;
  if (cache.find(same)) return;
  cache
    .build(client, client.defaultMutationOptions(mutation))
    .execute(variables)
    // What becomes of it is told by whoever shows its state, and by tell.ts.
    .catch(() => {});
}
