import { BaseEdge, type Edge, type EdgeProps } from '@xyflow/react';
import type { Spot } from './layout';

/** A line with the points that it goes through between its ends. */
export type LineEdge = Edge<{ way: Spot[] }, 'line'>;

/** A line from left to right that leaves and reaches every point level. */
export function LinePath({
  sourceX,
  sourceY,
  targetX,
  targetY,
  data,
  style,
  markerEnd,
}: EdgeProps<LineEdge>) {
  const start = { x: sourceX, y: sourceY };
  const points = [...(data?.way ?? []), { x: targetX, y: targetY }];
  return <BaseEdge path={curve(start, points)} style={style} markerEnd={markerEnd} />;
}

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
