import '@xyflow/react/dist/base.css';
import { useQuery } from '@tanstack/react-query';
import { ReactFlowProvider, useReactFlow } from '@xyflow/react';
import { Maximize, Minus, OctagonX, Plus } from 'lucide-react';
import type { Dependent } from '@/api/backend';
import { queries } from '@/api/queries';
import { IconButton } from '@/components/button';
import { Loaded } from '@/components/loaded';
import { Segmented } from '@/components/segmented';
import { Select } from '@/components/select';
import { count, listed } from '@/format';
import { DependencyGraph, FIT } from './dependency-graph';

type Props = {
  deployment: string;
  environments: string[];
  environment: string;
  onEnvironment: (environment: string) => void;
  /** The stack whose panel is open. */
  chosen: string | null;
  onChoose: (stack: string) => void;
};

/** What needs what in one environment, as the files have it now. */
export default function GraphView({ deployment, environment, chosen, onChoose, ...head }: Props) {
  const dependencies = useQuery(queries.dependencies(deployment, environment));
  return (
    <ReactFlowProvider>
      <section
        aria-label="Dependencies"
        className="flex min-h-96 flex-1 flex-col overflow-hidden rounded-lg border bg-surface"
      >
        <Head environment={environment} stacks={dependencies.data ?? []} {...head} />
        <Loaded query={dependencies}>
          {(stacks) =>
            stacks.length === 0 ? (
              <p className="p-6 text-center text-faint">The manifest has no stacks.</p>
            ) : (
              <DependencyGraph
                environment={environment}
                stacks={stacks}
                chosen={chosen}
                onChoose={onChoose}
              />
            )
          }
        </Loaded>
      </section>
    </ReactFlowProvider>
  );
}

/** From how many environments on a list takes less room. */
const LIST_FROM = 5;

function Head({
  environments,
  environment,
  onEnvironment,
  stacks,
}: Pick<Props, 'environments' | 'environment' | 'onEnvironment'> & { stacks: Dependent[] }) {
  const flow = useReactFlow();
  const choices = environments.map((name) => ({ value: name, label: name }));
  const Choice = choices.length < LIST_FROM ? Segmented : Select;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-b py-1.5 pr-1.5 pl-3">
      <Choice label="Environment" value={environment} choices={choices} onChange={onEnvironment} />
      <Summary stacks={stacks} />
      <div className="ml-auto flex">
        <IconButton label="Zoom in" icon={Plus} onClick={() => void flow.zoomIn()} />
        <IconButton label="Zoom out" icon={Minus} onClick={() => void flow.zoomOut()} />
        <IconButton label="Show all" icon={Maximize} onClick={() => void flow.fitView(FIT)} />
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
