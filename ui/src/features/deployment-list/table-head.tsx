import { ArrowDown, ArrowUp } from 'lucide-react';
import { columns } from './columns';
import { pressed, type Sort } from './sort';

/** The table's head: a press on a column orders by it. */
export function TableHead({
  sort,
  onSort,
  chosen,
  onChoose,
}: {
  sort: Sort;
  onSort: (sort: Sort) => void;
  /** How many of the rows are chosen. */
  chosen: 'all' | 'some' | 'none';
  onChoose: () => void;
}) {
  const cell = 'sticky top-0 z-10 border-b bg-surface p-0 text-left font-normal';
  return (
    <thead>
      <tr aria-rowindex={1}>
        <th scope="col" className={`${cell} w-9 pl-4`}>
          <input
            type="checkbox"
            aria-label="Choose all in sight of the filter"
            checked={chosen === 'all'}
            ref={(box) => {
              if (box) box.indeterminate = chosen === 'some';
            }}
            onChange={onChoose}
            className="tick block size-3.5"
          />
        </th>
        {columns.map((column) => {
          const { id, head, width } = column;
          const sorted = sort.column === column;
          const Arrow = sort.descending ? ArrowDown : ArrowUp;
          return (
            <th
              key={id}
              scope="col"
              aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : undefined}
              className={`${cell} last:pr-2 ${width}`}
            >
              <button
                type="button"
                onClick={() => onSort(pressed(sort, column))}
                className={`flex h-8 w-full items-center gap-1 rounded px-2 text-sm font-medium -outline-offset-2 hover:text-ink ${sorted ? 'text-ink' : 'text-faint'}`}
              >
                {head}
                {sorted ? <Arrow aria-hidden size={12} /> : null}
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
