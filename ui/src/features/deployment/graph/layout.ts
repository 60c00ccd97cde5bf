/** Where each stack and each line stands: in columns, each stack right of all that it needs, with few crossings. */
import { Graph, layout } from '@dagrejs/dagre';
import type { Dependent } from '@/api/backend';

/** A stack's card, in pixels. */
export const CARD = { width: 216, height: 52 };

export type Spot = { x: number; y: number };

/** Where the cards' upper left corners are, and for each line the points between its ends that lead it past other cards. */
export type Layout = { cards: Map<string, Spot>; ways: Map<string, Spot[]> };

/** A line by its ends, as one word: from the stack that is needed. */
export const lineId = (from: string, to: string) => `${from}→${to}`;

/** The same places for the same stacks and needs, whatever their statuses. Needs that are no stacks here are passed by. */
export function place(stacks: Pick<Dependent, 'stack' | 'needs'>[]): Layout {
  const known = new Set(stacks.map(({ stack }) => stack));
  const graph = new Graph();
  // The edges lead from a stack to what it needs, and the ranks from right to left: by the longest path every stack
  // then stands in the first column in which it could start.
  graph.setGraph({ rankdir: 'RL', ranker: 'longest-path', nodesep: 14, edgesep: 14, ranksep: 72 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { stack } of stacks) graph.setNode(stack, { ...CARD });
  for (const { stack, needs } of stacks) {
    for (const need of needs) if (known.has(need)) graph.setEdge(stack, need);
  }
  layout(graph);
  const cards = new Map(
    stacks.map(({ stack }) => {
      const { x, y } = graph.node(stack);
      return [stack, { x: x - CARD.width / 2, y: y - CARD.height / 2 }];
    }),
  );
  const ways = new Map(
    graph.edges().map((edge) => {
      const points: Spot[] = graph.edge(edge).points ?? [];
      // Its ends are where the cards' handles are. One that only crosses the gap between two columns has no card to pass:
      // its one point there would but tie knots.
      const between = points.slice(1, -1).toReversed();
      return [lineId(edge.w, edge.v), between.length > 1 ? between : []];
    }),
  );
  return { cards, ways };
}
