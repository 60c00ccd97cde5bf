import { type PointerEvent, useMemo } from 'react';
import type { Dependent } from '@/api/backend';
import { look, stackLooks } from '@/status/statuses';
import { CARD, type Spot } from './layout';
import { boxOf, type Size, type View } from './viewport';

const SIZE = { width: 168, height: 112 };

/** All of a large graph, small, and the part of it that is in sight; a press on it goes there. */
export function MiniMap({
  stacks,
  cards,
  view,
  into,
  onCentre,
}: {
  stacks: Dependent[];
  cards: ReadonlyMap<string, Spot>;
  view: View;
  into: Size;
  onCentre: (spot: Spot) => void;
}) {
  // The part in sight moves at each frame, the rest does not.
  const box = useMemo(() => boxOf([...cards.values()]), [cards]);
  const dots = useMemo(
    () =>
      stacks.map(({ stack, status }) => {
        const spot = cards.get(stack);
        return spot ? (
          <rect key={stack} {...spot} {...CARD} fill={`var(--color-${look(stackLooks, status).tone})`} />
        ) : null;
      }),
    [stacks, cards],
  );
  const scale = Math.min(SIZE.width / box.width, SIZE.height / box.height);
  const inset = { x: (SIZE.width / scale - box.width) / 2, y: (SIZE.height / scale - box.height) / 2 };
  const [left, top] = [box.x - inset.x, box.y - inset.y];
  const go = (event: PointerEvent<SVGSVGElement>) => {
    event.stopPropagation();
    if (event.buttons !== 1) return;
    const at = event.currentTarget.getBoundingClientRect();
    onCentre({ x: left + (event.clientX - at.left) / scale, y: top + (event.clientY - at.top) / scale });
  };
  return (
    // The keyboard has the arrow keys, which take the view along.
    <svg
      aria-hidden
      {...SIZE}
      viewBox={`${left} ${top} ${SIZE.width / scale} ${SIZE.height / scale}`}
      onPointerDown={go}
      onPointerMove={go}
      className="absolute right-2 bottom-2 hidden rounded-md border bg-surface @3xl:block"
    >
      {dots}
      <rect
        x={-view.x / view.zoom}
        y={-view.y / view.zoom}
        width={into.width / view.zoom}
        height={into.height / view.zoom}
        fill="var(--color-accent)"
        fillOpacity={0.1}
        stroke="var(--color-accent)"
        strokeWidth={1.5 / scale}
      />
    </svg>
  );
}
