import { type SortingState, useTable } from '@tanstack/react-table';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { Fragment, type KeyboardEvent, useRef, useState } from 'react';
import type { DeploymentRow } from '@/api/backend';
import { deploymentRoute, navigate } from '@/router';
import { columns, features, matches, widths } from './columns';
import { TableRow } from './deployment-row';

const ROW_HEIGHT = 40;

/**
 * The table itself. Only the rows in sight are in the document. One row is the current one: arrows, Home, End
 * and the page keys move it, Enter opens it.
 */
export function DeploymentTable({
  rows: data,
  filter,
  status,
  sorting,
  onSort,
}: {
  rows: DeploymentRow[];
  filter: string;
  status: string;
  sorting: SortingState;
  onSort: (sorting: SortingState) => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const table = useTable({
    features,
    columns,
    data,
    getRowId: (row) => row.path,
    state: { sorting, globalFilter: filter, columnFilters: status ? [{ id: 'status', value: status }] : [] },
    onSortingChange: (change) => onSort(typeof change === 'function' ? change(sorting) : change),
    getColumnCanGlobalFilter: (column) => column.id === 'deployment_id',
    globalFilterFn: (row, _column, wanted: string) => matches(row.original, wanted),
    enableSortingRemoval: false,
    enableMultiSort: false,
  });
  const rows = table.getRowModel().rows;
  const active = Math.min(current, rows.length - 1);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 8,
    scrollPaddingStart: ROW_HEIGHT,
    // The current row stays in the document, so that the focus is not lost by scrolling.
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), Math.max(active, 0)])].sort((a, b) => a - b),
  });

  function moveTo(index: number) {
    const next = Math.max(0, Math.min(index, rows.length - 1));
    setCurrent(next);
    virtual.scrollToIndex(next);
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus({ preventScroll: true }),
    );
  }

  function onKeyDown(event: KeyboardEvent) {
    if (!(event.target instanceof HTMLTableRowElement)) return;
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
    if (target !== undefined) {
      event.preventDefault();
      moveTo(target);
    } else if (event.key === 'Enter') {
      const row = rows[active];
      if (row) navigate(deploymentRoute(row.original.deployment_id));
    }
  }

  const items = virtual.getVirtualItems();
  const end = items.at(-1)?.end ?? 0;
  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-auto" data-testid="deployments-scroller">
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid of rows that take the focus
        role="grid"
        aria-label="Deployments"
        aria-rowcount={rows.length + 1}
        className="w-full min-w-[50rem] table-fixed border-separate border-spacing-0"
        onKeyDown={onKeyDown}
      >
        <thead>
          <tr aria-rowindex={1}>
            {table.getFlatHeaders().map((header) => {
              const sorted = header.column.getIsSorted();
              return (
                <th
                  key={header.id}
                  scope="col"
                  aria-sort={sorted ? (sorted === 'asc' ? 'ascending' : 'descending') : undefined}
                  className={`sticky top-0 z-10 border-b bg-surface p-0 text-left font-normal first:pl-2 last:pr-2 ${widths[header.column.id]}`}
                >
                  <button
                    type="button"
                    onClick={header.column.getToggleSortingHandler()}
                    className={`flex h-8 w-full items-center gap-1 rounded px-2 text-sm font-medium -outline-offset-2 hover:text-ink ${sorted ? 'text-ink' : 'text-faint'}`}
                  >
                    <table.FlexRender header={header} />
                    {sorted === 'asc' ? <ArrowUp aria-hidden size={12} /> : null}
                    {sorted === 'desc' ? <ArrowDown aria-hidden size={12} /> : null}
                  </button>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {items.map((item, place) => {
            const row = rows[item.index];
            const gap = item.start - (items[place - 1]?.end ?? 0);
            return row ? (
              <Fragment key={row.id}>
                <Gap height={gap} />
                <TableRow row={row} index={item.index} active={item.index === active} onFocus={setCurrent} />
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

/** The room of the rows that are not in the document. */
function Gap({ height }: { height: number }) {
  return height > 0 ? (
    <tr aria-hidden>
      <td colSpan={columns.length} className="p-0" style={{ height }} />
    </tr>
  ) : null;
}
