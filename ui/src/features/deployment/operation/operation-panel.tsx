import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { about } from '@/actions/about';
import { looksOnly } from '@/actions/operations';
import type { Event, StackKey, StackRun } from '@/api/backend';
import { queries } from '@/api/queries';
import { IconButton } from '@/components/controls/button';
import { ErrorNotice, Notice } from '@/components/notice';
import { Ago } from '@/components/time';
import { keyName } from '@/format';
import { type DeploymentRoute, type EventFilter, helpRoute, href, stackRoute } from '@/router';
import { AgainButton } from './again-button';
import { Approvals } from './approvals';
import { EventList, everyEvent } from './events/event-list';
import { Findings } from './findings';
import { who } from './head-words';
import { Kept } from './kept';
import { OperationHead } from './operation-head';
import { Pauses } from './pauses';
import { failuresOf, RootCause } from './root-cause';
import { Timeline } from './timeline/timeline';

/** An operation, running or ended: both look the same, since both come from its log. */
export function OperationPanel({
  place,
  operation,
  elsewhere,
  heldFast,
  takesNoDeploy,
  onFilter,
  onClose,
}: {
  /** What else of the deployment is shown, which links from here keep. */
  place: DeploymentRoute;
  operation: string;
  /** Who runs it, where it is not this program. */
  elsewhere: string | null;
  /** The stacks that something helps, and those that take no deploy before, by their {@link keyName}. */
  heldFast: ReadonlySet<string>;
  takesNoDeploy: ReadonlySet<string>;
  onFilter: (filter: EventFilter) => void;
  onClose: () => void;
}) {
  const { id: deployment, events: filter = everyEvent } = place;
  // A stack's address says which cell is chosen, so that the present one plays no part: choosing one draws nothing anew.
  const around = href({ ...place, cell: null, help: false, operation });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address has all of it
  const here = useMemo(() => ({ ...place, cell: null, help: false, operation }), [around]);
  const hrefOf = useCallback((key: StackKey) => href(stackRoute(here, key)), [here]);
  const view = useQuery(queries.operation(deployment, operation));
  const events = useQuery(queries.operationEvents(deployment, operation));
  const progress = useQuery(queries.operationProgress(deployment, operation));
  const failures = failuresOf(view.data?.stacks ?? []);
  const isHeld = ({ key, end }: StackRun) => heldFast.has(keyName(key)) || end?.protected === true;
  const request = view.data?.again;
  // It would fail again at once.
  const fails =
    request?.kind.startsWith('deploy') && failures.some(({ key }) => takesNoDeploy.has(keyName(key)));
  const again =
    view.data && request && !fails ? (
      <AgainButton view={view.data} request={request} first={!failures.some(isHeld)} />
    ) : null;
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
      {...about({ about: 'operation', deployment, operation })}
      data-outcome={view.data?.outcome ?? (view.data ? 'running' : undefined)}
      className="shrink-0 scroll-my-4 overflow-hidden rounded-lg border bg-surface"
    >
      {view.data ? (
        <>
          <OperationHead
            view={view.data}
            events={events.data ?? []}
            progress={progress.data}
            again={failures.length > 0 ? null : again}
            onClose={onClose}
          />
          {elsewhere ? (
            <p className="border-t px-4 py-2 text-soft">Another program runs it: {elsewhere}.</p>
          ) : null}
          <TakenUp events={events.data ?? []} />
          <Pauses view={view.data} />
          <Approvals view={view.data} />
          <RootCause
            view={view.data}
            again={again}
            helpFor={(run) => (isHeld(run) ? href(helpRoute(here, run.key)) : null)}
          />
          <Kept stacks={view.data.stacks} />
          {view.data.warnings.length > 0 ? (
            <div className="flex flex-col gap-2 px-4 pb-3">
              {[...new Set(view.data.warnings)].map((warning) => (
                <Notice key={warning} tone="warn" title={warning} />
              ))}
            </div>
          ) : null}
          {looksOnly(view.data.start.kind) ? (
            // Its events are its findings.
            <Findings view={view.data} />
          ) : (
            <>
              <Timeline view={view.data} forecast={progress.data?.forecast} hrefOf={hrefOf} />
              <EventList view={view.data} events={events.data ?? none} filter={filter} onFilter={onFilter} />
            </>
          )}
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

const none: Event[] = [];

/** That its program died, and who brought it to its end. */
function TakenUp({ events }: { events: Event[] }) {
  const takenUp = events.filter((event) => event.event === 'taken_up');
  return takenUp.map((event) => (
    <div key={event.seq} className="px-4 pb-3">
      <Notice tone="info" title="Its program ended before it did">
        {who(event.by)} took it up <Ago at={event.at} />: CloudFormation was asked, and what still ran was
        followed to its end. What had not started was left out.
      </Notice>
    </div>
  ));
}
