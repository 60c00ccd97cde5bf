import type { UseQueryResult } from '@tanstack/react-query';
import { RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '@/components/controls/button';
import { ErrorNotice } from '@/components/notice';
import { Ago } from '@/components/time';
import { AskingNow } from './checked';

/**
 * What CloudFormation answered, with its age and the way to ask again. Where it does not answer, the last answer stays in
 * sight, else `lastKnown`, beside the reason.
 */
export function Asked<Answer extends { asked_at: string }>({
  query,
  lastKnown,
  children,
}: {
  query: UseQueryResult<Answer>;
  lastKnown?: ReactNode;
  children: (answer: Answer) => ReactNode;
}) {
  const { data, error, isFetching, refetch } = query;
  return (
    <div className="flex flex-col gap-3">
      <div className="-my-1 flex min-h-7 items-center justify-between gap-2 text-sm text-faint">
        {isFetching ? (
          <AskingNow>Asking CloudFormation…</AskingNow>
        ) : (
          <span>
            {error ? 'CloudFormation did not answer. ' : ''}
            {data ? (
              <>
                As of <Ago at={data.asked_at} />
              </>
            ) : null}
          </span>
        )}
        <IconButton
          label="Ask CloudFormation again"
          icon={RefreshCw}
          disabled={isFetching}
          focusableWhenDisabled
          onClick={() => refetch()}
        />
      </div>
      {error ? <ErrorNotice error={error} /> : null}
      {data ? children(data) : error ? lastKnown : null}
    </div>
  );
}

/** That CloudFormation has no such stack. */
export function NoSuchStack() {
  return <p className="text-faint">CloudFormation has no such stack.</p>;
}
