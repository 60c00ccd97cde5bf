import { Maximize, Minus, Plus } from 'lucide-react';
import { type KeyboardEvent, useCallback, useMemo, useRef, useState } from 'react';
import type { Dependent } from '@/api/backend';
import { cellId } from '@/components/cell-id';
import { IconButton } from '@/components/controls/button';
import { look, stackLooks } from '@/status/statuses';
import { kinOf, links } from './edges';
import { CARD, type Layout, place, type Spot } from './layout';
import { Lines } from './lines';
import { MiniMap } from './mini-map';
import { StackCard } from './stack-card';
import { usePanZoom } from './use-pan-zoom';
import { boxOf, centre, frame, isInSight, type Size, zoomAt } from './viewport';
import { next } from './walk';

/** From how many stacks on a graph is large: a map helps, and not all of it is in sight at first. */
const LARGE = 40;
/** Below this zoom nobody can read a card. */
const READABLE = 0.5;
/** How small the first sight of a large graph may be. */
const FIRST = 0.3;

/** The cards in layers from left to right: each stack can start once all left of it that it is tied to is done. */
export function DependencyGraph({
  deployment,
  environment,
  stacks,
  chosen,
  onChoose,
}: {
  deployment: string;
  environment: string;
  /** One at least. */
  stacks: Dependent[];
  chosen: string | null;
  onChoose: (stack: string) => void;
}) {
  const canvas = useRef<HTMLDivElement>(null);
  const layout = useLayout(stacks);
  const { cards } = layout;
  const { view, size: into, move, handlers } = usePanZoom(canvas, (size) => firstSight(stacks, cards, size));
  const [visited, setVisited] = useState<string | null>(null);
  const reachable = [visited, chosen, stacks[0]?.stack].find((name) => name && cards.has(name)) ?? null;

  const walk = useCallback(
    (stack: string, event: KeyboardEvent) => {
      const goal = next(stacks, cards, stack, event.key);
      const spot = goal === null ? undefined : cards.get(goal);
      if (goal === null || !spot) return;
      event.preventDefault();
      setVisited(goal);
      document.getElementById(cellId(goal, environment))?.focus({ preventScroll: true });
      move((now) => (now && !isInSight(spot, now, into) ? centre(middleOf(spot), into, now.zoom) : now));
    },
    [stacks, cards, environment, into, move],
  );

  const far = view !== null && view.zoom < READABLE;
  // Made anew only where something of it is another: moving about leaves it as it is.
  const picture = useMemo(() => {
    const kin = chosen === null ? null : kinOf(stacks, chosen);
    return (
      <>
        <Lines links={links(stacks, kin)} layout={layout} />
        {stacks.map((stack) => (
          <StackCard
            key={stack.stack}
            deployment={deployment}
            stack={stack}
            environment={environment}
            spot={cards.get(stack.stack) ?? { x: 0, y: 0 }}
            chosen={stack.stack === chosen}
            aside={kin !== null && !kin.has(stack.stack)}
            far={far}
            reachable={stack.stack === reachable}
            onChoose={onChoose}
            onKey={walk}
          />
        ))}
      </>
    );
  }, [stacks, layout, cards, deployment, environment, chosen, far, reachable, onChoose, walk]);

  const zoom = (factor: number) =>
    move((now) => now && zoomAt(now, { x: into.width / 2, y: into.height / 2 }, factor));
  return (
    <div
      ref={canvas}
      {...handlers}
      className="relative min-h-0 flex-1 cursor-grab touch-none overflow-hidden select-none active:cursor-grabbing"
    >
      {view ? (
        <>
          <div
            className="absolute top-0 left-0 origin-top-left"
            style={{ transform: `translate(${view.x}px, ${view.y}px) scale(${view.zoom})` }}
          >
            {picture}
          </div>
          {stacks.length < LARGE ? null : (
            <MiniMap
              stacks={stacks}
              cards={cards}
              view={view}
              into={into}
              onCentre={(spot) => move(centre(spot, into, view.zoom))}
            />
          )}
        </>
      ) : null}
      <div className="absolute top-2 left-2 flex flex-col rounded-md border bg-raised p-0.5 shadow-raised">
        <IconButton label="Zoom in" icon={Plus} onClick={() => zoom(1.4)} />
        <IconButton label="Zoom out" icon={Minus} onClick={() => zoom(1 / 1.4)} />
        <IconButton
          label="Show all"
          icon={Maximize}
          onClick={() => move(frame(boxOf([...cards.values()]), into))}
        />
      </div>
    </div>
  );
}

const middleOf = ({ x, y }: Spot): Spot => ({ x: x + CARD.width / 2, y: y + CARD.height / 2 });

/** All of it, but of many stacks only so many as can be told apart, and those first with which something is wrong or under way. */
function firstSight(stacks: Dependent[], cards: ReadonlyMap<string, Spot>, into: Size) {
  const all = [...cards.values()];
  if (stacks.length < LARGE) return frame(boxOf(all), into);
  const urgent = stacks.filter(
    ({ status, blocked_by }) =>
      blocked_by.length > 0 || ['bad', 'busy'].includes(look(stackLooks, status).tone),
  );
  const spots = urgent.flatMap(({ stack }) => cards.get(stack) ?? []);
  return frame(boxOf(spots.length > 0 ? spots : all), into, FIRST);
}

/** The layout, made anew only where stacks or needs are others: a change of status moves nothing. */
function useLayout(stacks: Dependent[]): Layout {
  const shape = JSON.stringify(stacks.map(({ stack, needs }) => [stack, needs]));
  return useMemo(
    () => place((JSON.parse(shape) as [string, string[]][]).map(([stack, needs]) => ({ stack, needs }))),
    [shape],
  );
}
