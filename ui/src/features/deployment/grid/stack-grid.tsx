import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { Fragment, type ReactNode, type SyntheticEvent, useRef } from 'react';
import type { DeploymentDetail, StackView } from '@/api/backend';
import { cellId } from '@/components/cell-id';
import { useFilterText } from '@/components/controls/use-filter-text';
import { marks } from './cell-marks';
import { EnvironmentHead } from './environment-head';
import { type Filter, filtered, GridFilter } from './grid-filter';
import { StackCell } from './stack-cell';
import { StackHead } from './stack-head';
import { type Spot, useGridKeys } from './use-grid-keys';

/** A row whose cells have nothing special to say, and each line that one has. */
const ROW = 33;
const MARK = 18;

const height = ({ cells }: StackView) => ROW + MARK * Math.max(0, ...cells.map((cell) => marks(cell).length));

/**
 * Stacks × environments: one cell for each stack in each environment. Its head and its first column stay in sight; only
 * the rows in sight are in the document.
 */
export function StackGrid({
  detail: { row, environments, stacks },
  selected,
  filter,
  onFilter,
  onSelect,
  children,
}: {
  detail: DeploymentDetail;
  selected: { stack: string; environment: string } | null;
  filter: Filter;
  onFilter: (filter: Filter) => void;
  onSelect: (stack: string, environment: string) => void;
  /** What else stands above the grid. */
  children?: ReactNode;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLTableSectionElement>(null);
  const [find, setFind, settle] = useFilterText(filter.find, (text) => onFilter({ ...filter, find: text }));
  const shown = filtered(stacks, { ...filter, find });
  const opened = {
    row: shown.findIndex(({ name }) => name === selected?.stack),
    column: environments.findIndex(({ name }) => name === selected?.environment),
  };
  const { active, setActive, onKeyDown } = useGridKeys(
    shown.length,
    environments.length,
    opened.row < 0 || opened.column < 0 ? null : opened,
    () => Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - headHeight()) / ROW) - 1),
    ({ row: index, column }) => {
      virtual.scrollToIndex(index);
      const [stack, environment] = [shown[index], environments[column]];
      requestAnimationFrame(() => {
        if (stack && environment) document.getElementById(cellId(stack.name, environment.name))?.focus();
      });
    },
  );
  const headHeight = () => head.current?.offsetHeight ?? 0;
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (shown[index] ? height(shown[index]) : ROW),
    getItemKey: (index) => shown[index]?.name ?? index,
    overscan: 10,
    scrollPaddingStart: headHeight(),
    scrollMargin: headHeight(),
    // The current row stays in the document, so that the focus is not lost by scrolling.
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), active.row])]
        .filter((index) => index < shown.length)
        .sort((a, b) => a - b),
  });
  const items = virtual.getVirtualItems();
  const end = items.at(-1)?.end ?? headHeight();
  return (
    <section
      aria-label="Stacks"
      className="flex max-h-[max(20rem,calc(100vh-8rem))] shrink-0 flex-col rounded-lg border bg-surface"
    >
      <div className="flex shrink-0 flex-wrap items-center gap-2 border-b px-3 py-2">
        {children}
        <GridFilter
          stacks={stacks}
          left={shown.length}
          filter={{ ...filter, find }}
          onFilter={({ find: typed, show }) => {
            if (typed !== undefined) setFind(typed);
            if (show !== undefined) onFilter({ find: typed ?? find, show });
          }}
          onLeave={settle}
        />
      </div>
      <div ref={scroller} className="min-h-0 overflow-auto rounded-b-lg" data-testid="grid-scroller">
        <table
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid of cells that take the focus
          role="grid"
          aria-label="Stacks and environments"
          aria-rowcount={shown.length + 1}
          aria-colcount={environments.length + 1}
          onKeyDown={onKeyDown}
          onFocus={(event) => {
            const spot = spotOf(event);
            if (spot) setActive(spot);
          }}
          onClick={(event) => {
            const spot = opens(event) ? spotOf(event) : null;
            const [stack, environment] = spot ? [shown[spot.row], environments[spot.column]] : [];
            if (stack && environment) onSelect(stack.name, environment.name);
          }}
          className="w-full table-fixed border-separate border-spacing-0"
          // Every environment gets the same width; below this they scroll.
          style={{ minWidth: `${8 + 15 * environments.length}rem` }}
        >
          <thead ref={head}>
            <tr aria-rowindex={1}>
              <th
                scope="col"
                aria-colindex={1}
                className="sticky top-0 left-0 z-[3] w-32 border-r border-b bg-surface px-3 pb-2 text-left align-bottom text-sm font-medium text-faint @2xl:w-48 @4xl:w-64"
              >
                Stack
              </th>
              {environments.map((environment, column) => (
                <EnvironmentHead
                  key={environment.name}
                  deployment={row.deployment_id}
                  environment={environment}
                  column={column}
                />
              ))}
            </tr>
          </thead>
          <tbody className="[&>tr:last-child>*]:border-b-0">
            {items.map((item, place) => {
              const stack = shown[item.index];
              const gap = item.start - (items[place - 1]?.end ?? headHeight());
              return stack ? (
                <Fragment key={stack.name}>
                  <Gap height={gap} columns={environments.length + 1} />
                  <tr aria-rowindex={item.index + 2} style={{ height: item.size }}>
                    <StackHead deployment={row.deployment_id} stack={stack} />
                    {stack.cells.map((cell, column) => (
                      <StackCell
                        key={cell.environment}
                        deployment={row.deployment_id}
                        stack={stack.name}
                        cell={cell}
                        row={item.index}
                        column={column}
                        active={active.row === item.index && active.column === column}
                        selected={selected?.stack === stack.name && selected.environment === cell.environment}
                      />
                    ))}
                  </tr>
                </Fragment>
              ) : null;
            })}
            <Gap height={virtual.getTotalSize() + headHeight() - end} columns={environments.length + 1} />
          </tbody>
        </table>
        {shown.length === 0 ? (
          <p className="sticky left-0 p-6 text-center text-faint">
            {stacks.length === 0 ? 'No stacks are known.' : 'No stack matches the filter.'}
          </p>
        ) : null}
      </div>
    </section>
  );
}

/** The cell in which something happened; none in the heads. */
function spotOf({ target }: SyntheticEvent): Spot | null {
  const cell = target instanceof Element ? target.closest<HTMLElement>('td[data-column]') : null;
  return cell && { row: Number(cell.dataset.row), column: Number(cell.dataset.column) };
}

/** Whether what was pressed opens its cell's panel. */
const opens = ({ target }: SyntheticEvent) =>
  target instanceof Element && target.closest('button[aria-expanded]') !== null;

/** The room of the rows that are not in the document. */
function Gap({ height: room, columns }: { height: number; columns: number }) {
  return room > 0 ? (
    <tr aria-hidden>
      <td colSpan={columns} className="p-0" style={{ height: room }} />
    </tr>
  ) : null;
}
