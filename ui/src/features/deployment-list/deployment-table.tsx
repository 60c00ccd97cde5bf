import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import {
  Fragment,
  type KeyboardEvent,
  type MouseEvent,
  type SyntheticEvent,
  useCallback,
  useRef,
  useState,
} from 'react';
import type { DeploymentRow } from '@/api/backend';
import { deploymentRoute, navigate } from '@/router';
import { columns } from './columns';
import { TableRow } from './deployment-row';
import type { Selection } from './selection';
import type { Sort } from './sort';
import { TableHead } from './table-head';

const ROW_HEIGHT = 40;
const estimateSize = () => ROW_HEIGHT;

/**
 * The table itself. Only the rows in sight are in the document. One row is the current one: arrows, Home, End and the
 * page keys move it, Enter opens it, Space chooses it; with Shift all on the way are chosen.
 */
export function DeploymentTable({
  rows,
  sort,
  onSort,
  selection,
}: {
  rows: DeploymentRow[];
  sort: Sort;
  onSort: (sort: Sort) => void;
  selection: Selection;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const active = Math.min(current, rows.length - 1);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize,
    // The same function for the same rows: with another one, every row would be measured again.
    getItemKey: useCallback((index: number) => rows[index]?.path ?? index, [rows]),
    overscan: 5,
    scrollPaddingStart: ROW_HEIGHT,
    // The current row stays in the document, so that the focus is not lost by scrolling.
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), Math.max(active, 0)])].sort((a, b) => a - b),
  });

  function moveTo(index: number) {
    setCurrent(index);
    virtual.scrollToIndex(index);
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus({ preventScroll: true }),
    );
  }

  function onKeyDown(event: KeyboardEvent) {
    if (!(event.target instanceof HTMLTableRowElement) || rows.length === 0) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT) - 2);
    const targets: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1,
    };
    const target = targets[event.key];
    const command = event.ctrlKey || event.metaKey;
    if (target !== undefined) {
      const next = Math.max(0, Math.min(target, rows.length - 1));
      if (event.shiftKey) selection.extendTo(next, active);
      moveTo(next);
    } else if (command && event.key.toLowerCase() === 'a') {
      selection.all();
    } else if (event.key === 'Enter') {
      navigate(deploymentRoute(rows[active]?.deployment_id ?? ''));
    } else if (event.key === ' ') {
      selection.toggle(active);
    } else if (event.key === 'Escape') {
      selection.clear();
    } else {
      return;
    }
    event.preventDefault();
  }

  function onClick(event: MouseEvent) {
    const row = rowOf(event);
    if (!row) return;
    const index = Number(row.dataset.index);
    if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey) selection.toggle(index);
    else if (event.shiftKey) selection.extendTo(index, active);
    else return navigate(deploymentRoute(rows[index]?.deployment_id ?? ''));
    // The id is a link, which would open by itself.
    if (event.target instanceof HTMLAnchorElement) event.preventDefault();
    row.focus();
  }

  const items = virtual.getVirtualItems();
  const end = items.at(-1)?.end ?? 0;
  const { chosen } = selection;
  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-auto" data-testid="deployments-scroller">
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid of rows that take the focus
        role="grid"
        aria-label="Deployments"
        aria-rowcount={rows.length + 1}
        aria-multiselectable
        className="w-full min-w-[52rem] table-fixed border-separate border-spacing-0"
        onKeyDown={onKeyDown}
        onClick={onClick}
        onFocus={(event) => {
          const row = rowOf(event);
          if (row) setCurrent(Number(row.dataset.index));
        }}
        onMouseDown={(event) => {
          // A range of rows, and not of text.
          if (event.shiftKey) event.preventDefault();
        }}
      >
        <TableHead
          sort={sort}
          onSort={onSort}
          chosen={chosen.length === 0 ? 'none' : chosen.length === rows.length ? 'all' : 'some'}
          onChoose={chosen.length === rows.length ? selection.clear : selection.all}
        />
        <tbody>
          {items.map((item, place) => {
            const row = rows[item.index];
            const gap = item.start - (items[place - 1]?.end ?? 0);
            return row ? (
              <Fragment key={row.path}>
                <Gap height={gap} />
                <TableRow
                  row={row}
                  index={item.index}
                  active={item.index === active}
                  chosen={selection.has(row)}
                />
              </Fragment>
            ) : null;
          })}
          <Gap height={virtual.getTotalSize() - end} />
        </tbody>
      </table>
      {rows.length === 0 ? (
        <p role="status" className="p-10 text-center text-faint">
          No deployment matches the filter.
        </p>
      ) : null}
    </div>
  );
}

/** The row in which something happened; none in the head. */
function rowOf({ target }: SyntheticEvent): HTMLTableRowElement | null {
  return target instanceof Element ? target.closest<HTMLTableRowElement>('tr[data-index]') : null;
}

/** The room of the rows that are not in the document. */
function Gap({ height }: { height: number }) {
  return height > 0 ? (
    <tr aria-hidden>
      <td colSpan={columns.length + 1} className="p-0" style={{ height }} />
    </tr>
  ) : null;
}
