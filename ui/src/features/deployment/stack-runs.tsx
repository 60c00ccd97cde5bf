import type { OperationView, StackAction, StackRun } from '@/api/backend';
import { ProgressBar } from '@/components/progress-bar';
import { Elapsed } from '@/components/time';
import { LookText } from '@/status/status';
import { type Look, look, outcomeLooks, phaseLooks, waitingLooks } from '@/status/statuses';

const actions: Record<StackAction, string> = {
  create: 'Creating',
  update: 'Updating',
  recreate: 'Recreating',
  delete: 'Deleting',
  repair: 'Repairing',
};

/** One row for each stack of an operation. */
export function StackRuns({ view }: { view: OperationView }) {
  const several = view.start.environments.length > 1;
  const ended = new Set(
    view.stacks.filter(({ phase }) => phase === 'ended').map(({ key }) => label(key, true)),
  );
  return (
    <ul aria-label="Stacks of the operation" className="max-h-96 divide-y overflow-y-auto">
      {view.stacks.map((run) => {
        const waits = run.waits_for.filter((key) => !ended.has(label(key, true)));
        const state = lookOf(run);
        // Why one failed is told above all of them.
        const reason = run.end?.outcome === 'failed' ? null : run.end?.reason;
        return (
          <li
            key={label(run.key, true)}
            data-testid={`run-${run.key.stack}-${run.key.environment}`}
            data-phase={run.phase}
            data-outcome={run.end?.outcome}
            className={`px-4 py-1.5 ${run.phase === 'queued' ? 'text-soft' : ''}`}
          >
            <div className="flex items-center gap-3">
              <span className="w-[30%] truncate font-medium" title={label(run.key, true)}>
                {label(run.key, several)}
              </span>
              <span className="flex w-[7.5rem] shrink-0">
                <LookText look={state} />
              </span>
              <span className="flex min-w-0 flex-1 items-center gap-2">
                {run.phase === 'queued' ? (
                  <span
                    className="truncate text-sm text-faint"
                    title={waits.map((key) => label(key, several)).join(', ')}
                  >
                    {run.approval
                      ? 'see above'
                      : waits.length > 0
                        ? `waits for ${waits.map((key) => label(key, several)).join(', ')}`
                        : 'next'}
                  </span>
                ) : run.started_at && run.end?.outcome !== 'unchanged' ? (
                  <ProgressBar
                    label={`Resources of ${run.key.stack}`}
                    done={run.resources_done}
                    total={run.resources_total}
                    tone={state.tone}
                  />
                ) : null}
              </span>
              <span className="w-14 shrink-0 text-right text-sm text-faint">
                {run.phase !== 'queued' && run.started_at && run.end?.outcome !== 'unchanged'
                  ? `${run.resources_done}${run.resources_total === null ? '' : ` / ${run.resources_total}`}`
                  : null}
              </span>
              <span className="w-12 shrink-0 text-right text-sm text-soft">
                {run.started_at ? <Elapsed from={run.started_at} to={run.ended_at} /> : null}
              </span>
            </div>
            {reason ? (
              <p className="truncate text-sm text-faint" title={reason}>
                {reason}
              </p>
            ) : null}
          </li>
        );
      })}
    </ul>
  );
}

function lookOf(run: StackRun): Look {
  if (run.end) return look(outcomeLooks, run.end.outcome);
  if (run.approval) return waitingLooks.answer;
  if (run.phase === 'running' && run.action) return { ...phaseLooks.running, word: actions[run.action] };
  return run.phase === 'queued' ? phaseLooks.queued : phaseLooks.running;
}

const label = (key: StackRun['key'], withEnvironment: boolean) =>
  withEnvironment ? `${key.stack} in ${key.environment}` : key.stack;
