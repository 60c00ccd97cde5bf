import { Timer } from 'lucide-react';
import type { PlanView, Request, ResourceChange, ReviewAction, ReviewView } from '@/api/backend';
import { ApiUsage } from '@/components/api-usage';
import { Dangers } from '@/components/changes/dangers';
import { Notice } from '@/components/notice';
import { ProgressBar } from '@/components/progress-bar';
import { Renamed } from '@/components/renamed';
import { Place } from '@/components/target-chip';
import { count, roughly } from '@/format';
import { reviewLooks, toneText } from '@/status/statuses';
import { unchangedWord } from './unchanged';
import { Uses } from './uses';

/** How the stacks are counted. */
const counted: Record<Exclude<ReviewAction, 'unchanged'>, string> = {
  create: 'to create',
  update: 'to update',
  recreate: 'to recreate',
  delete: 'to delete',
  blocked: 'blocked',
};

/** The review in short: what is at risk, how much changes, and where. */
export function Summary({ view }: { view: ReviewView }) {
  const { plan, stacks, done, problem, request } = view;
  return (
    <section aria-label="Summary" className="flex flex-col gap-3">
      <Dangers stacks={stacks} several={plan.environments.length > 1} />
      {view.sessions.map(({ environment, warning }) =>
        warning ? <Notice key={environment} tone="warn" title={warning} /> : null,
      )}
      <Leaves plan={plan} />
      <div className="overflow-hidden rounded-lg border bg-surface">
        <ul aria-label="Environments" className="flex flex-col gap-1.5 px-3 py-2.5">
          {plan.environments.map(({ name, uses, ...place }) => (
            <li key={name} className="flex flex-wrap items-center gap-x-3 gap-y-0.5">
              <span className="font-semibold">{name}</span>
              <Place {...place} />
              <Uses uses={uses} />
              {place.target === 'sandbox' ? (
                <span className="text-sm text-box">Pretended: nothing leaves this machine.</span>
              ) : null}
            </li>
          ))}
        </ul>
        {done || problem ? null : (
          <div className="border-t px-3 pt-2 pb-2.5">
            <p role="status" className="mb-1.5 text-soft">
              Comparing {stacks.length} of {plan.count}…
            </p>
            <ProgressBar label="Stacks compared" done={stacks.length} total={plan.count} />
          </div>
        )}
        {stacks.length > 0 ? <Counts view={view} /> : null}
        <Chosen request={request} />
      </div>
    </section>
  );
}

/** How many stacks are created, updated, and so on; of a destroy, how many resources go. */
function Counts({ view }: { view: ReviewView }) {
  const { stacks, done, request, may_change, usually_seconds, api, total } = view;
  const actions = (Object.keys(reviewLooks) as ReviewAction[])
    .map((action) => ({ action, many: stacks.filter((stack) => stack.action === action).length }))
    .filter(({ many }) => many > 0);
  const gone = stacks.filter(({ action }) => action === 'delete').flatMap(({ changes }) => changes);
  const retained = gone.filter(({ kept, snapshot }) => kept && !snapshot);
  const saved = gone.filter(({ snapshot }) => snapshot);
  return (
    <div
      role={done ? 'status' : undefined}
      className="flex flex-wrap items-center gap-x-5 gap-y-1 border-t px-3 py-2"
    >
      {actions.map(({ action, many }) => {
        const { icon: Icon, tone } = reviewLooks[action];
        return (
          <span key={action} className={`inline-flex items-center gap-1.5 font-medium ${toneText[tone]}`}>
            <Icon aria-hidden size={14} className="shrink-0" />
            {many} {action === 'unchanged' ? unchangedWord(request) : counted[action]}
          </span>
        );
      })}
      {may_change > 0 ? (
        <span className="text-soft">{may_change} may change, by what comes before</span>
      ) : null}
      {gone.length > 0 ? (
        <span className="text-soft">
          {count(gone.length - retained.length, 'resource')} will be gone
          {saved.length > 0 ? `, ${saved.length} after a snapshot: ${names(saved)}` : null}
          {retained.length > 0 ? `, ${retained.length} retained: ${names(retained)}` : null}
        </span>
      ) : null}
      {typeof usually_seconds === 'number' ? (
        <span className="inline-flex items-center gap-1.5 text-soft" data-testid="usually">
          <Timer aria-hidden size={14} className="shrink-0" />
          usually takes {roughly(usually_seconds)}
        </span>
      ) : null}
      <span className="ml-auto">
        <ApiUsage budgets={api} total={total} />
      </span>
    </div>
  );
}

/** Each name once. */
function names(changes: ResourceChange[]): string {
  return [...new Set(changes.map(({ logical_id }) => logical_id))].join(', ');
}

/** What lives without a place in the manifest, and stays; and what the manifest calls otherwise than it is called. */
function Leaves({ plan: { leaves, renamed } }: { plan: PlanView }) {
  return (
    <>
      {leaves.length > 0 ? (
        <Notice tone="warn" title="This leaves what is deployed and not in the manifest any more">
          <ul>
            {leaves.map(({ stack, environment, text, hint }) => (
              <li key={`${stack}/${environment}`}>{hint ? `${text}; ${hint}` : text}</li>
            ))}
          </ul>
        </Notice>
      ) : null}
      <Renamed renamed={renamed} />
    </>
  );
}

/** The resources that the user chose to pass by. */
function Chosen({ request }: { request: Request }) {
  const skipped =
    request.kind === 'repair-stack' && request.repair.way === 'continue_rollback' ? request.repair.skip : [];
  const deletion = request.kind === 'destroy-stack' ? request.deletion : undefined;
  const lines = [
    { words: 'Skipped', names: skipped },
    { words: 'Left behind', names: deletion?.retain ?? [] },
    { words: 'Left behind', names: deletion?.force ? ['whatever cannot be deleted'] : [] },
  ].filter(({ names }) => names.length > 0);
  return lines.map(({ words, names }) => (
    <p key={names.join()} className="border-t px-3 py-2 break-words text-soft">
      {words}: <span className="font-mono text-sm text-ink">{names.join(', ')}</span>
    </p>
  ));
}
