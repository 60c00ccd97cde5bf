import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { useDeploymentOffers } from '@/actions/here';
import { OfferMenu } from '@/actions/offer-menu';
import { operationWords } from '@/actions/operations';
import type { Cell, DeploymentDetail } from '@/api/backend';
import { queries } from '@/api/queries';
import { Button } from '@/components/controls/button';
import { TopBar } from '@/components/frame/top-bar';
import { Loaded } from '@/components/loaded';
import { keyName } from '@/format';
import { type DeploymentRoute, type EventFilter, href, navigate, placeIn, wholeList } from '@/router';
import { DeploymentHeader } from './deployment-header';
import { History } from './history/history';
import { Notices } from './notices';
import { everyEvent } from './operation/events/event-list';
import { OperationPanel } from './operation/operation-panel';
import type { Shown } from './shown';
import { StackPanel } from './stack/stack-panel';
import { isHeldFast } from './stack/tabs/recovery';
import { Stacks } from './stacks';
import { useFollowing } from './use-following';

/** Screen 2: one deployment. */
export function DeploymentScreen({ place }: { place: DeploymentRoute }) {
  const deployment = useQuery(queries.deployment(place.id));
  const { id } = place;
  const go = useCallback(
    (change: Partial<DeploymentRoute>) => navigate({ ...placeIn(id), ...change }, 'replace'),
    [id],
  );
  // What was known before may be over by now.
  const known = deployment.isStale ? undefined : deployment.data;
  useFollowing(known?.row.running?.operation ?? null, place, go);

  return (
    <>
      <TopBar crumbs={[{ label: 'Deployments', href: href(wholeList) }, { label: place.id }]}>
        {deployment.data ? <MoreActions detail={deployment.data} /> : null}
      </TopBar>
      <div className="relative flex min-h-0 flex-1">
        <main className="@container flex min-w-0 flex-1 flex-col gap-4 overflow-auto p-4">
          <Loaded query={deployment}>{(detail) => <Body detail={detail} place={place} go={go} />}</Loaded>
        </main>
        {deployment.data && place.cell ? (
          <StackPanel
            // Another cell is another panel: it takes the focus and starts at its top.
            key={`${place.cell.stack}/${place.cell.environment}`}
            detail={deployment.data}
            cell={place.cell}
            tab={place.tab}
            onTab={(tab) => go({ tab })}
            help={place.help}
            onHelp={() => go({ help: true })}
            onOperation={(operation) => go({ operation })}
            onClose={() => go({ cell: null, help: false })}
          />
        ) : null}
      </div>
    </>
  );
}

function MoreActions({ detail }: { detail: DeploymentDetail }) {
  const { refresh, destroyAll } = useDeploymentOffers(detail);
  return <OfferMenu label="More actions for the deployment" offers={[refresh, destroyAll]} />;
}

/** The stacks of which something is so. */
function stacksThat(is: (cell: Cell) => boolean, { stacks }: DeploymentDetail): ReadonlySet<string> {
  const cells = stacks.flatMap(({ name, cells }) => cells.map((cell) => ({ stack: name, ...cell })));
  return new Set(cells.filter(is).map(keyName));
}

function Body({ detail, place, go }: Shown) {
  const { row } = detail;
  const shown = place.operation;
  const onFilter = useCallback((events: EventFilter) => go({ events }), [go]);
  return (
    <>
      <DeploymentHeader detail={detail} />
      <Notices deployment={place.id} detail={detail} />
      {row.running && row.running.operation !== shown ? (
        <div className="flex items-center justify-between gap-3 rounded-lg bg-busy-ground py-1.5 pr-1.5 pl-3 text-busy">
          <span>
            {operationWords[row.running.kind].name} is running: {row.running.done} of {row.running.total} done
          </span>
          <Button size="small" onClick={() => go({ operation: row.running?.operation ?? null })}>
            Show
          </Button>
        </div>
      ) : null}
      {shown ? (
        <OperationPanel
          key={shown}
          place={place}
          operation={shown}
          elsewhere={row.running?.operation === shown ? row.running.elsewhere : null}
          heldFast={stacksThat(isHeldFast, detail)}
          takesNoDeploy={stacksThat(({ takes_deploy }) => !takes_deploy, detail)}
          onFilter={onFilter}
          onClose={() => {
            go({ operation: null, events: everyEvent });
            document.querySelector('h1')?.focus();
          }}
        />
      ) : null}
      <Stacks detail={detail} place={place} go={go} />
      <History
        deployment={detail}
        shown={shown}
        onShow={(operation) => go({ operation, cell: null, help: false, events: everyEvent })}
      />
    </>
  );
}
