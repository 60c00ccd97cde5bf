import { useQuery } from '@tanstack/react-query';
import { OctagonX } from 'lucide-react';
import type { ReactNode } from 'react';
import { useEnvironmentOffers } from '@/actions/here';
import { OfferButton } from '@/actions/offer-button';
import type { Dependent, EnvironmentView } from '@/api/backend';
import { queries } from '@/api/queries';
import { Select } from '@/components/controls/select';
import { Loaded } from '@/components/loaded';
import { TargetChip } from '@/components/target-chip';
import { count, listed } from '@/format';
import { DependencyGraph } from './dependency-graph';

type Props = {
  deployment: string;
  environments: EnvironmentView[];
  environment: EnvironmentView;
  onEnvironment: (environment: string) => void;
  /** The stack whose panel is open. */
  chosen: string | null;
  onChoose: (stack: string) => void;
  /** What else stands above the graph. */
  children?: ReactNode;
};

/** What needs what in one environment, as the files have it now. */
export function GraphView({ deployment, environment, chosen, onChoose, ...head }: Props) {
  const dependencies = useQuery(queries.dependencies(deployment, environment.name));
  return (
    <section
      aria-label="Dependencies"
      className="@container flex h-[max(20rem,calc(100vh-16rem))] shrink-0 flex-col overflow-hidden rounded-lg border bg-surface"
    >
      <Head deployment={deployment} environment={environment} stacks={dependencies.data ?? []} {...head} />
      <Loaded query={dependencies}>
        {(stacks) =>
          stacks.length === 0 ? (
            <p className="p-6 text-center text-faint">The manifest has no stacks.</p>
          ) : (
            <DependencyGraph
              // Another environment is another picture: its first sight is another.
              key={environment.name}
              deployment={deployment}
              environment={environment.name}
              stacks={stacks}
              chosen={chosen}
              onChoose={onChoose}
            />
          )
        }
      </Loaded>
    </section>
  );
}

function Head({
  deployment,
  environments,
  environment,
  onEnvironment,
  stacks,
  children,
}: Omit<Props, 'chosen' | 'onChoose'> & { stacks: Dependent[] }) {
  const { deploy } = useEnvironmentOffers({ deployment, environment });
  const choices = environments.map(({ name }) => ({ value: name, label: name }));
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-2 border-b px-3 py-2">
      {children}
      <Select label="Environment" value={environment.name} choices={choices} onChange={onEnvironment} />
      <TargetChip target={environment.target} />
      <Summary stacks={stacks} />
      <div className="ml-auto">
        <OfferButton offer={deploy}>Deploy</OfferButton>
      </div>
    </div>
  );
}

/** How many stacks there are, and what stands in the way of how many. */
function Summary({ stacks }: { stacks: Dependent[] }) {
  const blocked = stacks.filter(({ blocked_by }) => blocked_by.length > 0);
  const causes = [...new Set(blocked.flatMap(({ blocked_by }) => blocked_by))];
  return (
    <p role="status" className="flex min-w-0 items-center gap-1.5 text-sm text-faint">
      {blocked.length > 0 ? (
        <span className="flex min-w-0 items-center gap-1.5 text-bad">
          <OctagonX aria-hidden size={13} className="shrink-0" />
          <span className="truncate">
            {listed(causes)} failed and {causes.length === 1 ? 'blocks' : 'block'}{' '}
            {count(blocked.length, 'stack')}
          </span>
        </span>
      ) : (
        count(stacks.length, 'stack')
      )}
    </p>
  );
}
