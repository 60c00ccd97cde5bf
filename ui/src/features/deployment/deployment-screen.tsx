import { useQuery } from '@tanstack/react-query';
import { RefreshCw } from 'lucide-react';
import { Fragment, useCallback, useEffectEvent, useLayoutEffect, useRef } from 'react';
import { useRefresh } from '@/actions/ask-cloudformation';
import { useDeploymentOffers } from '@/actions/here';
import { OfferMenu } from '@/actions/offer-menu';
import { operationWords } from '@/actions/operations';
import type { Cell, DeploymentDetail } from '@/api/backend';
import { queries } from '@/api/queries';
import { Button } from '@/components/button';
import { later } from '@/components/later';
import { Loaded } from '@/components/loaded';
import { Notice } from '@/components/notice';
import { ProblemList } from '@/components/problem-list';
import { Renamed } from '@/components/renamed';
import { TopBar } from '@/components/top-bar';
import { count, keyName, sentence } from '@/format';
import { type EventFilter, href, navigate, placeIn, type Route, wholeList } from '@/router';
import { CompareView } from './compare/compare-view';
import { DeploymentHeader } from './deployment-header';
import { StackGrid } from './grid/stack-grid';
import { History } from './history/history';
import { everyEvent } from './operation/events/event-list';
import { OperationPanel } from './operation/operation-panel';
import { StackPanel } from './stack/stack-panel';
import { isHeldFast } from './stack/tabs/recovery';
import { NotCompared, Unanswered } from './unanswered';
import { ViewSwitch } from './view-switch';

// The library that draws it is large.
const GraphView = later(async () => (await import('./graph/graph-view')).GraphView);

type Place = Extract<Route, { page: 'deployment' }>;

/** What is known of the deployment, where in it one is, and the way to another place in it. */
type Shown = { detail: DeploymentDetail; place: Place; go: (change: Partial<Place>) => void };

/** Screen 2: one deployment. */
export function DeploymentScreen({ place }: { place: Place }) {
  const deployment = useQuery(queries.deployment(place.id));
  const { id } = place;
  const go = useCallback(
    (change: Partial<Place>) => navigate({ ...placeIn(id), ...change }, 'replace'),
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

/**
 * Chooses what starts to run, where the user has chosen nothing: so it stays in sight when it has ended, and nothing moves
 * under the pointer. The next one takes its place.
 */
function useFollowing(running: string | null, { operation }: Place, go: Shown['go']) {
  const followed = useRef<string | null>(null);
  const follow = useEffectEvent((started: string) => {
    // What is closed does not come back by itself.
    if (started === followed.current) return;
    const isFree = operation === null || operation === followed.current;
    followed.current = started;
    if (isFree && operation !== started) go({ operation: started });
  });
  // Before anything is painted: not even for a frame is it told that something runs that is not shown.
  useLayoutEffect(() => {
    if (running !== null) follow(running);
  }, [running]);
}

/** The stacks, in the way that is chosen. */
function Stacks({ detail, place, go }: Shown) {
  const views = <ViewSwitch view={place.view} onView={(view) => go({ view })} />;
  switch (place.view) {
    case 'grid':
      return (
        <StackGrid
          detail={detail}
          selected={place.cell}
          filter={place}
          onFilter={({ find, show }) => go({ find, show })}
          onSelect={(stack, environment) => go({ cell: { stack, environment }, help: false })}
        >
          {views}
        </StackGrid>
      );
    case 'graph': {
      const named = (name: string | undefined) => detail.environments.find((it) => it.name === name);
      const operation = detail.operations.find(({ id }) => id === place.operation);
      const environment =
        named(place.cell?.environment) ??
        named(place.on) ??
        named(operation?.environments[0]) ??
        detail.environments[0];
      return environment === undefined ? (
        <section className="rounded-lg border bg-surface px-3 py-2">{views}</section>
      ) : (
        <GraphView
          deployment={place.id}
          environments={detail.environments}
          environment={environment}
          onEnvironment={(on) => go({ on, cell: place.cell && { ...place.cell, environment: on } })}
          chosen={place.cell?.stack ?? null}
          onChoose={(stack) => go({ cell: { stack, environment: environment.name }, help: false })}
        >
          {views}
        </GraphView>
      );
    }
    case 'compare':
      return (
        <CompareView detail={detail} from={place.from} to={place.to} onPair={(from, to) => go({ from, to })}>
          {views}
        </CompareView>
      );
  }
}

function Body({ detail, place, go }: Shown) {
  const { row, problems, warnings, environments, former, renamed } = detail;
  const refresh = useRefresh(place.id, null);
  const shown = place.operation;
  const onFilter = useCallback((events: EventFilter) => go({ events }), [go]);
  return (
    <>
      <DeploymentHeader detail={detail} />
      {row.problem ? (
        <Notice tone="warn" title={row.problem}>
          {row.interrupted ? (
            <Button size="small" icon={RefreshCw} disabled={refresh.asking} onClick={() => refresh.ask()}>
              {refresh.asking ? 'Asking CloudFormation…' : 'Ask CloudFormation'}
            </Button>
          ) : null}
        </Notice>
      ) : null}
      <Renamed renamed={renamed} />
      {former.map(({ stack, environment, text, hint }) =>
        hint ? (
          <Notice key={`${stack}/${environment}`} tone="warn" title={text}>
            {sentence(hint)}
          </Notice>
        ) : null,
      )}
      <Unanswered
        deployment={place.id}
        environment={null}
        checkedAt={environments.map(({ checked_at }) => checked_at)}
      />
      {environments.map(({ name, checked_at }) => (
        <Fragment key={name}>
          <Unanswered deployment={place.id} environment={name} checkedAt={[checked_at]} />
          <NotCompared deployment={place.id} environment={name} />
        </Fragment>
      ))}
      {problems.length > 0 ? (
        <Notice tone="bad" title={`${count(problems.length, 'problem')} in the manifest and its templates`}>
          A deploy that needs what is wrong is refused until it is corrected.
          <ProblemList problems={problems} deployment={place.id} />
        </Notice>
      ) : null}
      {warnings.length > 0 ? (
        <Notice
          tone="warn"
          title={`${count(warnings.length, 'warning')} about the manifest and its templates`}
        >
          <ProblemList problems={warnings} deployment={place.id} />
        </Notice>
      ) : null}
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
