import { useQuery } from '@tanstack/react-query';
import { about } from '@/actions/about';
import { operationWords } from '@/actions/operations';
import type { StackKey, StackRunView } from '@/api/backend';
import { queries } from '@/api/queries';
import { Loaded } from '@/components/loaded';
import { Ago } from '@/components/time';
import { duration } from '@/format';
import { LookText } from '@/status/status';
import { cutOff, partLook, phaseLooks } from '@/status/statuses';

/** The last operations on a stack; each opens from its log. */
export function Operations({
  deployment,
  stack,
  running,
  onShow,
}: {
  deployment: string;
  stack: StackKey;
  /** The operation that runs now. */
  running: string | null;
  onShow: (operation: string) => void;
}) {
  const log = useQuery(queries.stackLog(deployment, stack));
  return (
    <Loaded snug query={log}>
      {({ runs }) =>
        runs.length === 0 ? (
          <p className="text-faint">No operation has worked on it yet.</p>
        ) : (
          <ul aria-label="Operations on the stack" className="flex flex-col divide-y rounded-md border">
            {runs.map((run) => (
              <Run
                key={run.operation.id}
                deployment={deployment}
                run={run}
                running={run.operation.id === running}
                onShow={onShow}
              />
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

function Run({
  deployment,
  run: { operation, outcome, reason, seconds },
  running,
  onShow,
}: {
  deployment: string;
  run: StackRunView;
  running: boolean;
  onShow: (operation: string) => void;
}) {
  const { name, icon: Icon } = operationWords[operation.kind];
  const state = outcome ? partLook(operation.kind, outcome) : running ? phaseLooks.running : cutOff;
  return (
    <li
      className="relative flex flex-col gap-0.5 px-2.5 py-1.5 hover:bg-hover"
      {...about({ about: 'operation', deployment, operation: operation.id })}
    >
      <div className="flex min-w-0 items-center justify-between gap-3">
        <button
          type="button"
          onClick={() => onShow(operation.id)}
          className="flex min-w-0 items-center gap-2 rounded font-medium after:absolute after:inset-0"
        >
          <Icon aria-hidden size={14} className="shrink-0 text-faint" />
          <span className="truncate">{name}</span>
        </button>
        <LookText look={state} />
      </div>
      <span className="truncate text-sm text-faint">
        <Ago at={operation.started_at} />
        {seconds === null ? '' : ` · ${duration(seconds * 1000)}`} · {operation.by}
      </span>
      {reason ? <p className="text-sm break-words text-soft">{reason}</p> : null}
    </li>
  );
}
