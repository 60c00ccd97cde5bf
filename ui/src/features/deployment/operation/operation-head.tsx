import { useMutation } from '@tanstack/react-query';
import { Download, RotateCw, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { askFor, looksOnly, operationWords } from '@/actions/operations';
import {
  type Actor,
  backend,
  type Event,
  type Forecast,
  type OperationProgress,
  type OperationView,
  type Request,
} from '@/api/backend';
import { ApiUsage } from '@/components/api-usage';
import { Button, IconButton } from '@/components/button';
import { CopyButton } from '@/components/copy-button';
import { CopyCommand } from '@/components/copy-command';
import { ErrorNotice } from '@/components/notice';
import { ProgressBar } from '@/components/progress-bar';
import { Ago, Elapsed } from '@/components/time';
import { count, roughly } from '@/format';
import { LookText } from '@/status/status';
import { type Look, outcomeLook, phaseLooks, waitingLooks } from '@/status/statuses';
import { CancelButton, CancelRunning } from './cancel';

/** An operation in short: what, how far, by whom; and what can be done with it. */
export function OperationHead({
  view,
  events,
  progress,
  again,
  onClose,
}: {
  view: OperationView;
  events: Event[];
  progress: OperationProgress | undefined;
  /** The button that goes on from here, where it stands nowhere else. */
  again: ReactNode;
  onClose: () => void;
}) {
  const { name } = operationWords[view.start.kind];
  const { headway } = view;
  const state = stateOf(view);
  const what = `${name}${view.stack ? ` ${view.stack}` : ''} in ${view.start.environments.join(', ')}`;
  const looked = looksOnly(view.start.kind);
  // What waits for somebody takes as long as they do.
  const estimate = view.outcome || state.tone === 'warn' ? null : left(progress?.forecast);
  const done = looked ? found(view) : far(view);
  return (
    <div className="px-4 pt-3 pb-3">
      <div className="flex items-center gap-3">
        <h2 className="min-w-0 truncate text-lg font-semibold" title={what}>
          {what}
        </h2>
        <LookText look={state} />
        <span className="ml-auto shrink-0 whitespace-nowrap text-soft">
          {done} · <Elapsed from={view.started_at} to={view.ended_at} took={view.took} />
          {estimate ? <span data-testid="estimate"> · {estimate}</span> : null}
        </span>
        {again}
        {view.outcome ? (
          <IconButton label="Close operation" icon={X} onClick={onClose} />
        ) : (
          <>
            <CopyCommand
              iconOnly
              deployment={view.start.deployment_id}
              command={{ action: 'cancel' }}
              label="Copy the cancel as cloud command"
            />
            <CancelButton view={view} />
          </>
        )}
      </div>
      {looked ? null : (
        <div className="mt-2">
          <ProgressBar
            thick
            label={what}
            done={view.outcome ? headway.well : headway.ended}
            total={headway.all}
            share={view.outcome ? null : progress?.forecast.done}
            tone={state.tone}
          />
        </div>
      )}
      {view.outcome ? null : <CancelRunning view={view} events={events} />}
      <p role="status" className="sr-only">
        {what}: {view.outcome ? state.word : `${done} done`}
        {state.tone === 'warn' && !view.outcome ? `. ${state.word}` : null}
      </p>
      <div className="-mb-1 flex min-h-7 flex-wrap items-center gap-x-3">
        <p className="min-w-0 flex-1 truncate text-sm text-faint">
          <Ago at={view.started_at} /> by {who(view.start.by)}
          {view.reviewed ? ' · reviewed before it started' : null} ·{' '}
          <span className="font-mono">{view.id}</span>
        </p>
        <ApiUsage budgets={progress?.api ?? []} total={view.api} />
        {view.command ? (
          <CopyButton text={view.command} label="Copy as cloud command">
            Copy as cloud command
          </CopyButton>
        ) : null}
        <ExportButton view={view} />
      </div>
    </div>
  );
}

/** How far the stacks have come; once it is over, how many of them are as they should be. */
function far({ outcome, headway: { all, ended, well } }: OperationView): string {
  if (all === 0) return 'There was nothing to do';
  return `${outcome ? well : ended} of ${count(all, 'stack')}`;
}

/** When it will be over, as far as that can be known. */
function left(forecast: Forecast | undefined): string | null {
  const seconds = forecast?.seconds_left;
  if (typeof seconds !== 'number') return null;
  if (forecast?.late)
    return seconds < 10 ? 'longer than usual' : `${roughly(seconds)} left, longer than usual`;
  return `${roughly(seconds)} left`;
}

/** Who runs an operation: 'ana@workstation, app 0.1.0'. */
export const who = ({ user, host, front_end, version }: Actor) => `${user}@${host}, ${front_end} ${version}`;

/** What a look at CloudFormation found, in short. */
function found({ mended, drifts }: OperationView): string {
  const drifted = drifts.filter(({ drift }) => drift.resources.length > 0).length;
  return drifts.length > 0
    ? `${drifted} of ${count(drifts.length, 'stack')} drifted`
    : `${count(mended.length, 'stack')} mended`;
}

/** Saves the log, whole and as JSON. */
function ExportButton({ view }: { view: OperationView }) {
  const saving = useMutation({
    mutationFn: () => backend.exportOperation(view.start.deployment_id, view.id),
  });
  return (
    <>
      <Button
        look="quiet"
        size="small"
        icon={Download}
        disabled={saving.isPending}
        focusableWhenDisabled
        onClick={() => saving.mutate()}
      >
        Export as JSON
      </Button>
      {saving.error ? (
        <div className="w-full pb-1">
          <ErrorNotice error={saving.error} />
        </div>
      ) : (
        <p role="status" className={saving.data ? 'w-full pb-1 text-sm break-all text-soft' : 'sr-only'}>
          {saving.data ? `Saved as ${saving.data}` : null}
        </p>
      )}
    </>
  );
}

function stateOf({ start, outcome, pauses, stacks }: OperationView): Look {
  if (outcome) return outcomeLook(start.kind, outcome);
  if (pauses.length > 0) return waitingLooks.login;
  return stacks.some(({ approval }) => approval) ? waitingLooks.answer : phaseLooks.running;
}

/** Goes on from where the operation ended; what is as wanted is not touched again. */
export function AgainButton({
  view,
  request,
  first,
}: {
  view: OperationView;
  request: Request;
  /** Whether it is what helps first. */
  first: boolean;
}) {
  return (
    <Button
      size="small"
      look={first ? 'primary' : 'secondary'}
      icon={RotateCw}
      title={`Review what is left, then ${operationWords[request.kind].verb.toLowerCase()} it; what is as wanted is not touched`}
      onClick={() => askFor(view.start.deployment_id, request)}
    >
      {view.interrupted ? 'Resume' : 'Try again'}
    </Button>
  );
}
