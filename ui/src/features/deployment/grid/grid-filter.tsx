import { FilterField } from '@/actions/filter-field';
import type { Cell, StackView } from '@/api/backend';
import { Select } from '@/components/controls/select';
import { count } from '@/format';
import { look, stackLooks } from '@/status/statuses';

/** The filter of the grid: a text in a stack's name, and how one of its cells stands. */
export type Filter = { find: string; show: string };

/** What needs attention, beside the statuses. */
const ATTENTION = 'attention';

const passes = (cell: Cell, show: string) => (show === ATTENTION ? cell.attention : cell.status === show);

/** The stacks that a filter leaves. */
export function filtered(stacks: StackView[], { find, show }: Filter): StackView[] {
  const text = find.trim().toLowerCase();
  return stacks.filter(
    ({ name, cells }) =>
      name.toLowerCase().includes(text) && (show === '' || cells.some((cell) => passes(cell, show))),
  );
}

/** The fields of the filter, and how many stacks it leaves. */
export function GridFilter({
  stacks,
  left,
  filter,
  onFilter,
  onLeave,
}: {
  stacks: StackView[];
  left: number;
  filter: Filter;
  onFilter: (change: Partial<Filter>) => void;
  /** The text is typed to its end. */
  onLeave: () => void;
}) {
  const cells = stacks.flatMap((stack) => stack.cells);
  const number = (show: string) => cells.filter((cell) => passes(cell, show)).length;
  const statuses = [...new Set(cells.map(({ status }) => status))];
  const attention = number(ATTENTION);
  const choices = [
    { value: '', label: 'All statuses' },
    { value: ATTENTION, label: `Needs attention (${attention})` },
    ...statuses.map((status) => ({
      value: status,
      label: `${look(stackLooks, status).word} (${number(status)})`,
    })),
  ];
  return (
    <>
      <div className="w-44 min-w-28 shrink">
        <FilterField
          label="Filter stacks"
          placeholder="Filter stacks"
          value={filter.find}
          onChange={(find) => onFilter({ find })}
          onLeave={onLeave}
        />
      </div>
      <Select
        label="Status of a stack"
        value={choices.some(({ value }) => value === filter.show) ? filter.show : ''}
        choices={choices}
        onChange={(show) => onFilter({ show })}
      />
      <p role="status" className="min-w-0 truncate text-sm text-faint">
        {left === stacks.length
          ? count(stacks.length, 'stack')
          : `${left} of ${count(stacks.length, 'stack')}`}
      </p>
    </>
  );
}
