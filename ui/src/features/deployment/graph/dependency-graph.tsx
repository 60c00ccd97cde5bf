import { MarkerType, MiniMap, ReactFlow, useReactFlow } from '@xyflow/react';
import { type KeyboardEvent, useCallback, useMemo, useState } from 'react';
import type { Dependent } from '@/api/backend';
import { cellId } from '@/components/cell-id';
import { look, stackLooks } from '@/status/statuses';
import { kinOf, type Line, type Link, links } from './edges';
import { CARD, type Layout, lineId, place, type Spot } from './layout';
import { type LineEdge, LinePath } from './line';
import { type Card, StackCard } from './stack-card';
import { next } from './walk';

const nodeTypes = { stack: StackCard };
const edgeTypes = { line: LinePath };

/** From how many stacks on a map helps. */
const MAP_FROM = 40;

const lineStyles: Record<Line, { stroke: string; width: number; dash?: string; opacity: number }> = {
  plain: { stroke: 'var(--color-edge)', width: 1.5, opacity: 1 },
  chosen: { stroke: 'var(--color-accent)', width: 2, opacity: 1 },
  blocked: { stroke: 'var(--color-bad)', width: 2, dash: '6 4', opacity: 1 },
  aside: { stroke: 'var(--color-edge)', width: 1, opacity: 0.4 },
};

/** The whole picture, and no card larger than it is. */
export const FIT = { maxZoom: 1, padding: 0.06 };

/** What comes into sight first: all of it, but of many stacks only so many as can be read, and those first with which something is wrong or under way. */
function firstSight(stacks: Dependent[]) {
  const urgent = stacks.filter(
    ({ status, blocked_by }) =>
      blocked_by.length > 0 || ['bad', 'busy'].includes(look(stackLooks, status).tone),
  );
  const nodes = urgent.map(({ stack }) => ({ id: stack }));
  return stacks.length < MAP_FROM
    ? FIT
    : { ...FIT, minZoom: 0.3, nodes: nodes.length > 0 ? nodes : undefined };
}

/** The cards in layers from left to right: each stack can start once all left of it that it is tied to is done. */
export function DependencyGraph({
  environment,
  stacks,
  chosen,
  onChoose,
}: {
  environment: string;
  stacks: Dependent[];
  chosen: string | null;
  onChoose: (stack: string) => void;
}) {
  const { cards: spots, ways } = useLayout(stacks);
  const flow = useReactFlow();
  const [visited, setVisited] = useState<string | null>(null);
  const reachable = [visited, chosen, stacks[0]?.stack].find((name) => name && spots.has(name)) ?? null;

  const walk = useCallback(
    (stack: string, event: KeyboardEvent) => {
      const goal = next(stacks, spots, stack, event.key);
      if (goal === null) return;
      event.preventDefault();
      setVisited(goal);
      document.getElementById(cellId(goal, environment))?.focus({ preventScroll: true });
      const spot = spots.get(goal);
      if (spot) {
        void flow.setCenter(spot.x + CARD.width / 2, spot.y + CARD.height / 2, { zoom: flow.getZoom() });
      }
    },
    [stacks, spots, environment, flow],
  );

  const kin = useMemo(() => (chosen === null ? null : kinOf(stacks, chosen)), [stacks, chosen]);
  const nodes = useMemo(
    () =>
      stacks.map(
        (stack): Card => ({
          id: stack.stack,
          type: 'stack',
          position: spots.get(stack.stack) ?? { x: 0, y: 0 },
          ...CARD,
          // Without it a card that can be neither dragged nor selected hears no click.
          style: { pointerEvents: 'all' },
          data: {
            stack,
            environment,
            chosen: stack.stack === chosen,
            aside: kin !== null && !kin.has(stack.stack),
            reachable: stack.stack === reachable,
            onChoose,
            onKey: walk,
          },
        }),
      ),
    [stacks, spots, environment, chosen, kin, reachable, onChoose, walk],
  );
  const edges = useMemo(() => links(stacks, chosen).map((link) => edge(link, ways)), [stacks, chosen, ways]);

  return (
    <ReactFlow
      // Another environment is another picture: it is fitted anew.
      key={environment}
      aria-label={`Dependencies in ${environment}`}
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      fitView
      fitViewOptions={firstSight(stacks)}
      minZoom={0.08}
      maxZoom={1.6}
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      // The arrows go from card to card, and Delete deletes nothing.
      disableKeyboardA11y
      deleteKeyCode={null}
      zoomOnDoubleClick={false}
      proOptions={{ hideAttribution: true }}
    >
      {stacks.length >= MAP_FROM ? (
        <MiniMap<Card>
          pannable
          zoomable
          ariaLabel="Map"
          nodeColor={({ data }) => `var(--color-${look(stackLooks, data.stack.status).tone})`}
          bgColor="var(--color-surface)"
          maskColor="color-mix(in srgb, var(--color-sunken) 70%, transparent)"
          className="hidden overflow-hidden rounded-md border @3xl:block"
          style={{ width: 168, height: 112 }}
        />
      ) : null}
    </ReactFlow>
  );
}

/** The layout, made anew only where stacks or needs are others: a change of status moves nothing. */
function useLayout(stacks: Dependent[]): Layout {
  const shape = JSON.stringify(stacks.map(({ stack, needs }) => [stack, needs]));
  return useMemo(
    () => place((JSON.parse(shape) as [string, string[]][]).map(([stack, needs]) => ({ stack, needs }))),
    [shape],
  );
}

function edge({ from, to, line }: Link, ways: ReadonlyMap<string, Spot[]>): LineEdge {
  const { stroke, width, dash, opacity } = lineStyles[line];
  const id = lineId(from, to);
  return {
    id,
    type: 'line',
    source: from,
    target: to,
    data: { way: ways.get(id) ?? [] },
    zIndex: line === 'plain' || line === 'aside' ? 0 : 1,
    className: `line-${line}`,
    style: { stroke, strokeWidth: width, strokeDasharray: dash, opacity },
    markerEnd: { type: MarkerType.ArrowClosed, color: stroke, width: 14, height: 14 },
    ariaLabel: line === 'blocked' ? `${to} is blocked at ${from}` : `${to} needs ${from}`,
  };
}
