import { LifeBuoy } from 'lucide-react';
import type { StackRun } from '@/api/backend';
import { Notice } from '@/components/notice';
import { count, keyName } from '@/format';

/** Why an operation failed: the stack that failed first, with its first failed resource, then the others. */
export function RootCause({
  runs,
  helpFor,
}: {
  runs: StackRun[];
  /** The address of what helps a stack, where something does. */
  helpFor: (run: StackRun) => string | null;
}) {
  const failures = inOrder(runs);
  if (failures.length === 0) return null;
  const skipped = runs.filter(({ end }) => end?.outcome === 'skipped').length;
  return (
    <ol aria-label="Failures" className="flex flex-col gap-2 px-4 pb-3">
      {failures.map((run, index) => {
        const { key, first_failure: failure, end } = run;
        const help = end ? helpFor(run) : null;
        return (
          <li key={keyName(key)} data-testid="failure">
            <Notice
              tone="bad"
              title={`${key.stack} in ${key.environment}: ${failure?.reason ?? end?.reason ?? 'failed'}`}
            >
              {failure ? (
                <p>
                  <span className="font-mono text-sm text-ink">{failure.logical_id}</span>{' '}
                  <span className="font-mono text-sm">
                    {failure.resource_type} {failure.status}
                  </span>
                </p>
              ) : null}
              {failure && end?.reason && !(failure.reason && end.reason.includes(failure.reason)) ? (
                <p>{end.reason}</p>
              ) : null}
              {index === 0 && skipped > 0 ? (
                <p>{count(skipped, 'stack was', 'stacks were')} skipped.</p>
              ) : null}
              {help ? (
                <a
                  href={help}
                  aria-label={`See what helps ${key.stack} in ${key.environment}`}
                  className="inline-flex items-center gap-1.5 rounded font-medium text-accent hover:underline"
                >
                  <LifeBuoy aria-hidden size={14} />
                  See what helps
                </a>
              ) : null}
            </Notice>
          </li>
        );
      })}
    </ol>
  );
}

/** The stacks that failed, the earliest failure first. */
function inOrder(runs: StackRun[]): StackRun[] {
  const when = (run: StackRun) =>
    Date.parse(run.first_failure?.happened_at ?? run.ended_at ?? '') || Number.POSITIVE_INFINITY;
  return runs
    .filter((run) => run.first_failure !== null || run.end?.outcome === 'failed')
    .sort((a, b) => when(a) - when(b));
}
