import { type KeyboardEvent, useState } from 'react';

/** A place in a grid, both from 0. */
export type Spot = { row: number; column: number };

/**
 * Moving in a grid by keyboard: of its cells Tab leads to one, and arrows, Home, End and the page keys go on from there.
 * `selected`: the cell that is opened, by whatever way; `page`: rows of a page; `onMove`: brings a cell into sight and
 * gives it the focus.
 */
export function useGridKeys(
  rows: number,
  columns: number,
  selected: Spot | null,
  page: () => number,
  onMove: (to: Spot) => void,
) {
  const [spot, setSpot] = useState<Spot>(selected ?? { row: 0, column: 0 });
  const [seen, setSeen] = useState(selected);
  if (selected?.row !== seen?.row || selected?.column !== seen?.column) {
    setSeen(selected);
    if (selected) setSpot(selected);
  }
  const within = (value: number, most: number) => Math.max(0, Math.min(value, most - 1));
  const active = { row: within(spot.row, rows), column: within(spot.column, columns) };

  function onKeyDown(event: KeyboardEvent) {
    const inCell = event.target instanceof Element && event.target.closest('td[data-column]');
    if (!inCell || event.altKey || event.metaKey) return;
    const { row, column } = active;
    const targets: Record<string, Spot> = {
      ArrowDown: { row: row + 1, column },
      ArrowUp: { row: row - 1, column },
      ArrowRight: { row, column: column + 1 },
      ArrowLeft: { row, column: column - 1 },
      PageDown: { row: row + page(), column },
      PageUp: { row: row - page(), column },
      Home: { row: event.ctrlKey ? 0 : row, column: 0 },
      End: { row: event.ctrlKey ? rows - 1 : row, column: columns - 1 },
    };
    const target = targets[event.key];
    if (!target) return;
    event.preventDefault();
    const to = { row: within(target.row, rows), column: within(target.column, columns) };
    setSpot(to);
    onMove(to);
  }

  return { active, setActive: setSpot, onKeyDown };
}
