import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorNotice } from './notice';

/** The answer to a query, or that it is under way, or why there is none. An old answer stays in sight beside an error. */
export function Loaded<T>({
  query,
  children,
}: {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
}) {
  const error = query.error ? (
    <div className="p-4">
      <ErrorNotice error={query.error} />
    </div>
  ) : null;
  if (query.data === undefined) {
    return error ?? <p className="p-6 text-faint">Loading…</p>;
  }
  return (
    <>
      {error}
      {children(query.data)}
    </>
  );
}
