import { memo } from 'react';
import { listed } from '@/format';
import type { Line, Link } from './edges';
import { CARD, type Layout, lineId, type Spot } from './layout';

const lines: Record<Line, { stroke: string; width: number; dash?: string; opacity?: number }> = {
  plain: { stroke: 'var(--color-edge)', width: 1.5 },
  chosen: { stroke: 'var(--color-accent)', width: 2 },
  blocked: { stroke: 'var(--color-bad)', width: 2, dash: '6 4' },
  aside: { stroke: 'var(--color-edge)', width: 1, opacity: 0.4 },
};

/** The lines between the cards; the marked ones lie above the others. For who does not see them, each card says what it needs. */
export const Lines = memo(function Lines({
  links,
  layout: { cards, ways },
}: {
  links: Link[];
  layout: Layout;
}) {
  const isMarked = ({ line }: Link) => line === 'blocked' || line === 'chosen';
  const inOrder = [...links.filter((link) => !isMarked(link)), ...links.filter(isMarked)];
  return (
    <svg aria-hidden className="pointer-events-none absolute size-px overflow-visible">
      <defs>
        {Object.entries(lines).map(([line, { stroke, opacity }]) => (
          <marker
            key={line}
            id={`arrow-${line}`}
            viewBox="0 0 8 8"
            refX="8"
            refY="4"
            markerWidth="9"
            markerHeight="9"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0,0L8,4L0,8z" fill={stroke} opacity={opacity} />
          </marker>
        ))}
      </defs>
      {inOrder.map(({ from, to, line, why }) => {
        const [start, end] = [cards.get(from), cards.get(to)];
        if (!start || !end) return null;
        const { stroke, width, dash, opacity } = lines[line];
        const points = [...(ways.get(lineId(from, to)) ?? []), { x: end.x, y: end.y + CARD.height / 2 }];
        const d = curve({ x: start.x + CARD.width, y: start.y + CARD.height / 2 }, points);
        return (
          <g key={lineId(from, to)} fill="none">
            <path
              data-line={line}
              d={d}
              stroke={stroke}
              strokeWidth={width}
              strokeDasharray={dash}
              opacity={opacity}
              markerEnd={`url(#arrow-${line})`}
            />
            {/* A line is too thin to be pointed at. */}
            <path d={d} stroke="transparent" strokeWidth={12} className="[pointer-events:stroke]">
              <title>{`${to} needs ${from}: ${listed(why)}`}</title>
            </path>
          </g>
        );
      })}
    </svg>
  );
});

/** A line that leaves and reaches every point level. */
function curve(start: Spot, points: Spot[]): string {
  let from = start;
  let path = `M${from.x},${from.y}`;
  for (const to of points) {
    const middle = (from.x + to.x) / 2;
    path += `C${middle},${from.y} ${middle},${to.y} ${to.x},${to.y}`;
    from = to;
  }
  return path;
}
