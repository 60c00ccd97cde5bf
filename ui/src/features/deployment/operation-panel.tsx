import { useMutation, useQuery } from '@tanstack/react-query';
import { Ban, RotateCw, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { askFor, operationWords } from '@/actions/operations';
import { backend, type Event, type OperationView, type Request } from '@/api/backend';
import { queries } from '@/api/queries';
import { Button, IconButton } from '@/components/button';
import { ErrorNotice, Notice } from '@/components/notice';
import { ProgressBar } from '@/components/progress-bar';
import { Elapsed } from '@/components/time';
import { count, keyName } from '@/format';
import { helpRoute, href } from '@/router';
import { LookText } from '@/status/status';
import { type Look, look, operationLooks, phaseLooks, waitingLooks } from '@/status/statuses';
import { Approvals } from './approvals';
import { EventList } from './event-list';
import { Pauses } from './pauses';
import { RootCause } from './root-cause';
import { StackRuns } from './stack-runs';

/** An operation, running or ended: both look the same, since both come from its log. */
export function OperationPanel({
  deployment,
  operation,
  elsewhere,
  heldFast,
  onClose,
}: {
  deployment: string;
  operation: string;
  /** Who runs it, where it is not this program. */
  elsewhere: string | null;
  /** The stacks that something helps, by their {@link keyName}. */
  heldFast: ReadonlySet<string>;
  onClose: () => void;
}) {
  const view = useQuery(queries.operation(deployment, operation));
  const events = useQuery(queries.operationEvents(deployment, operation));
  const panel = useRef<HTMLElement>(null);

  // It was asked for further down, in the grid or the history.
  useEffect(() => {
    panel.current?.scrollIntoView({ block: 'nearest' });
  }, []);

  return (
    <section
      ref={panel}
      aria-label="Operation"
      data-testid="operation"
      data-outcome={view.data?.outcome ?? (view.data ? 'running' : undefined)}
      className="shrink-0 scroll-my-4 overflow-hidden rounded-lg border bg-surface"
    >
      {view.data ? (
        <>
          <Head view={view.data} events={events.data ?? []} onClose={onClose} />
          {elsewhere ? <p className="border-t px-4 py-2 text-soft">Run by {elsewhere}.</p> : null}
          <Pauses view={view.data} />
          <Approvals view={view.data} />
          <RootCause
            runs={view.data.stacks}
            helpFor={({ key }) =>
              heldFast.has(keyName(key)) ? href(helpRoute(deployment, key, operation)) : null
            }
          />
          {view.data.warnings.length > 0 ? (
            <div className="flex flex-col gap-2 px-4 pb-3">
              {[...new Set(view.data.warnings)].map((warning) => (
                <Notice key={warning} tone="warn" title={warning} />
              ))}
            </div>
          ) : null}
          <div className="grid border-t @4xl:grid-cols-[minmax(0,11fr)_minmax(0,9fr)]">
            <StackRuns view={view.data} />
            <EventList events={events.data ?? []} />
          </div>
        </>
      ) : (
        <div className="flex items-start gap-2 p-3">
          <div className="min-w-0 flex-1">
            {view.error ? <ErrorNotice error={view.error} /> : <p className="text-faint">Reading the log…</p>}
          </div>
          <IconButton label="Close operation" icon={X} onClick={onClose} />
        </div>
      )}
    </section>
  );
}

function Head({ view, events, onClose }: { view: OperationView; events: Event[]; onClose: () => void }) {
  const { name } = operationWords[view.start.kind];
  const ended = view.stacks.filter(({ phase }) => phase === 'ended').length;
  const state = stateOf(view);
  const only = view.start.kind.endsWith('-stack') ? view.stacks[0]?.key.stack : undefined;
  const what = `${name}${only ? ` ${only}` : ''} in ${view.start.environments.join(', ')}`;
  const done = `${ended} of ${count(view.stacks.length, 'stack')}`;
  return (
    <div className="px-4 pt-3 pb-3">
      <div className="flex items-center gap-3">
        <h2 className="min-w-0 truncate text-lg font-semibold" title={what}>
          {what}
        </h2>
        <LookText look={state} />
        <span className="ml-auto shrink-0 whitespace-nowrap text-soft">
          {done} · <Elapsed from={view.started_at} to={view.ended_at} />
        </span>
        {view.again ? <AgainButton view={view} request={view.again} /> : null}
        {view.outcome ? (
          <IconButton label="Close operation" icon={X} onClick={onClose} />
        ) : (
          <CancelButton view={view} events={events} />
        )}
      </div>
      <div className="mt-2">
        <ProgressBar thick label={what} done={ended} total={view.stacks.length} tone={state.tone} />
      </div>
      <p role="status" className="sr-only">
        {what}: {view.outcome ? state.word : `${done} done`}
        {state.tone === 'warn' && !view.outcome ? `. ${state.word}` : null}
      </p>
      <p className="mt-1.5 truncate text-sm text-faint">
        by {view.start.by.user}@{view.start.by.host}, {view.start.by.front_end} {view.start.by.version} ·{' '}
        <span className="font-mono">{view.id}</span>
      </p>
    </div>
  );
}

function stateOf({ outcome, pauses, stacks }: OperationView): Look {
  if (outcome) return look(operationLooks, outcome);
  if (pauses.length > 0) return waitingLooks.login;
  return stacks.some(({ approval }) => approval) ? waitingLooks.answer : phaseLooks.running;
}

/** Goes on from where the operation ended; what is as wanted is not touched again. */
function AgainButton({ view, request }: { view: OperationView; request: Request }) {
  return (
    <Button
      size="small"
      look="primary"
      icon={RotateCw}
      title={`Review what is left, then ${operationWords[request.kind].verb.toLowerCase()} it; what is as wanted is not touched`}
      onClick={() => askFor(view.start.deployment_id, request)}
    >
      {view.interrupted ? 'Resume' : 'Try again'}
    </Button>
  );
}

/** The first request starts nothing further; the second calls off what runs, too. */
function CancelButton({ view, events }: { view: OperationView; events: Event[] }) {
  const cancel = useMutation({
    mutationFn: () => backend.cancelOperation(view.start.deployment_id, view.id),
  });
  if (events.some((event) => event.event === 'cancel_requested' && event.running_too)) {
    return <span className="shrink-0 text-soft">Cancelling…</span>;
  }
  return (
    <>
      {cancel.error ? (
        <span role="alert" className="text-sm text-bad">
          {cancel.error.message}
        </span>
      ) : null}
      <Button
        size="small"
        icon={Ban}
        disabled={cancel.isPending}
        focusableWhenDisabled
        title={
          view.cancel_requested
            ? 'Nothing further starts. Call off the stacks that run, too'
            : 'Start no further stack; what runs goes on to its end'
        }
        onClick={() => cancel.mutate()}
      >
        {view.cancel_requested ? 'Cancel running stacks too' : 'Cancel'}
      </Button>
    </>
  );
}
