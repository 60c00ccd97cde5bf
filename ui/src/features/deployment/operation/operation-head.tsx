import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { looksOnly, operationWords } from '@/actions/operations';
import type { Event, OperationProgress, OperationView } from '@/api/backend';
import { ApiUsage } from '@/components/api-usage';
import { IconButton } from '@/components/controls/button';
import { CopyButton } from '@/components/controls/copy-button';
import { CopyCommand } from '@/components/controls/copy-command';
import { ProgressBar } from '@/components/progress-bar';
import { Ago, Elapsed } from '@/components/time';
import { LookText } from '@/status/status';
import { CancelButton, CancelRunning } from './cancel';
import { ExportButton } from './export-button';
import { far, found, left, stateOf, who } from './head-words';

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
