import {
  columnFilteringFeature,
  createColumnHelper,
  createFilteredRowModel,
  createSortedRowModel,
  globalFilteringFeature,
  rowSortingFeature,
  tableFeatures,
} from '@tanstack/react-table';
import type { DeploymentRow } from '@/api/backend';
import { date, moment } from '@/format';
import { deploymentRoute, href } from '@/router';
import { DeploymentStatusPill } from '@/status/status';
import { deploymentLooks, look } from '@/status/statuses';
import { Problem, RunningProgress } from './row-state';

export const features = tableFeatures({
  columnFilteringFeature,
  globalFilteringFeature,
  rowSortingFeature,
  filteredRowModel: createFilteredRowModel(),
  sortedRowModel: createSortedRowModel(),
});

const helper = createColumnHelper<typeof features, DeploymentRow>();

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
type Sorted = { getValue: (column: string) => unknown };
const byText = (a: Sorted, b: Sorted, column: string) =>
  collator.compare(String(a.getValue(column)), String(b.getValue(column)));
const byDate = (a: Sorted, b: Sorted, column: string) => {
  const [left, right] = [String(a.getValue(column)), String(b.getValue(column))];
  return left < right ? -1 : Number(left > right);
};

/** The widths add up to the table; the last column takes what is left. */
export const widths: Record<string, string> = {
  deployment_id: 'w-[7.75rem]',
  organization: 'w-[15%]',
  project: 'w-[19%]',
  status: 'w-[8.75rem]',
  created: 'w-[6.5rem]',
  progress: '',
};

/** The addendum's columns in its order, then what runs. */
export const columns = helper.columns([
  helper.accessor('deployment_id', {
    header: 'Deployment ID',
    sortFn: byText,
    cell: ({ row }) => (
      <a
        href={href(deploymentRoute(row.original.deployment_id))}
        tabIndex={-1}
        title={row.original.deployment_id}
        className="block truncate rounded font-mono font-medium text-accent outline-none"
      >
        {row.original.deployment_id}
      </a>
    ),
  }),
  helper.accessor('organization', {
    header: 'Organization',
    sortFn: byText,
    cell: (info) => <Text text={info.getValue()} />,
  }),
  helper.accessor('project', {
    header: 'Project',
    sortFn: byText,
    cell: (info) => <Text text={info.getValue()} />,
  }),
  helper.accessor((row) => look(deploymentLooks, row.status).word, {
    id: 'status',
    header: 'Status',
    sortFn: byText,
    filterFn: (row, _column, wanted: string) => row.original.status === wanted,
    cell: ({ row }) => <DeploymentStatusPill status={row.original.status} />,
  }),
  helper.accessor((row) => row.created_at ?? '', {
    id: 'created',
    header: 'Created',
    sortFn: byDate,
    sortDescFirst: true,
    cell: ({ row: { original } }) =>
      original.created_at ? (
        <span title={moment(original.created_at)}>{date(original.created_at)}</span>
      ) : (
        '–'
      ),
  }),
  helper.accessor(
    (row) => (row.running ? row.running.done / Math.max(row.running.total, 1) : row.problem ? -1 : -2),
    {
      id: 'progress',
      header: 'Progress',
      sortDescFirst: true,
      cell: ({ row: { original } }) =>
        original.running ? (
          <RunningProgress running={original.running} />
        ) : original.problem ? (
          <Problem text={original.problem} />
        ) : null,
    },
  ),
]);

/** What the text filter looks at. */
export function matches(row: DeploymentRow, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const text = [row.deployment_id, row.organization, row.project, row.domain, row.problem]
    .join(' ')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

function Text({ text }: { text: string }) {
  return (
    <span className="block truncate" title={text}>
      {text}
    </span>
  );
}
