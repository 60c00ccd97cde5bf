import { later } from '@/components/frame/later';
import { CompareView } from './compare/compare-view';
import { StackGrid } from './grid/stack-grid';
import type { Shown } from './shown';
import { ViewSwitch } from './view-switch';

// The library that draws it is large.
const GraphView = later(async () => (await import('./graph/graph-view')).GraphView);

/** The stacks, in the way that is chosen. */
export function Stacks({ detail, place, go }: Shown) {
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
