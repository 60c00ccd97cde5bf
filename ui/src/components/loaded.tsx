import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorNotice } from './notice';

/** The answer to a query, or that it is under way, or why there is none. An old answer stays in sight beside an error. `snug`: where it stands has its own margins. */
export function Loaded<T>({
  query,
  snug,
  children,
}: {
  query: UseQueryResult<T>;
  snug?: boolean;
  children: (data: T) => ReactNode;
}) {
  const error = query.error ? (
    <div className={snug ? '' : 'p-4'}>
      <ErrorNotice error={query.error} />
    </div>
  ) : null;
  if (query.data === undefined) {
    return error ?? <p className={`text-faint ${snug ? '' : 'p-6'}`}>Loading…</p>;
  }
  return (
    <>
      {error}
      {children(query.data)}
    </>
  );
}
