import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { DeploymentDetail } from '@/api/backend';
import { queries } from '@/api/queries';
import { Button } from '@/components/controls/button';
import { ErrorNotice } from '@/components/notice';
import { HistoryRow } from './history-row';

const FIRST = 8;

/** Past and present operations; each opens from its log. */
export function History({
  deployment: { operations, row },
  shown,
  onShow,
}: {
  deployment: DeploymentDetail;
  shown: string | null;
  onShow: (operation: string) => void;
}) {
  const [all, setAll] = useState(false);
  const history = useQuery({ ...queries.history(row.deployment_id), enabled: all });
  const listed = all ? (history.data ?? operations) : operations.slice(0, FIRST);
  return (
    <section aria-labelledby="history" className="shrink-0 rounded-lg border bg-surface">
      <h2 id="history" className="px-3 pt-2.5 pb-1.5 font-semibold">
        History
      </h2>
      {operations.length === 0 ? (
        <p className="px-3 pb-3 text-faint">
          Nothing has been run yet. Every operation will be listed here, with its log.
        </p>
      ) : (
        <table aria-labelledby="history" className="w-full table-fixed border-separate border-spacing-0">
          <thead>
            <tr className="text-left text-sm text-faint [&>th]:border-b [&>th]:px-3 [&>th]:pb-1 [&>th]:font-medium">
              <th scope="col">Operation</th>
              <th scope="col" className="w-[18%]">
                Where
              </th>
              <th scope="col" className="w-[16%]">
                When
              </th>
              <th scope="col" className="w-[20%]">
                Who
              </th>
              <th scope="col" className="w-[8.5rem]">
                Outcome
              </th>
              <th scope="col" className="w-20 text-right">
                Took
              </th>
              <th scope="col" className="w-11">
                <span className="sr-only">Command</span>
              </th>
            </tr>
          </thead>
          <tbody className="[&>tr:last-child>td]:border-b-0">
            {listed.map((operation) => (
              <HistoryRow
                key={operation.id}
                deployment={row.deployment_id}
                operation={operation}
                running={row.running?.operation === operation.id}
                selected={operation.id === shown}
                onShow={() => onShow(operation.id)}
              />
            ))}
          </tbody>
        </table>
      )}
      {history.error ? <ErrorNotice error={history.error} /> : null}
      {operations.length > FIRST ? (
        <div className="border-t p-1">
          <Button look="quiet" size="small" onClick={() => setAll(!all)}>
            {all ? 'Show fewer' : 'Show all'}
          </Button>
        </div>
      ) : null}
    </section>
  );
}
