import type { ReactNode } from 'react';
import type { DeploymentRow } from '@/api/backend';
import { Ago } from '@/components/time';
import { date, moment } from '@/format';
import { deploymentRoute, href } from '@/router';
import { DeploymentStatusPill } from '@/status/status';
import { deploymentLooks, look } from '@/status/statuses';
import { Environments } from './environments';
import { Problem, RunningProgress } from './row-state';
import { sortKey } from './search';

export type Column = {
  id: string;
  head: string;
  /** Its width as a class; the column without one takes what is left. */
  width: string;
  /** What rows are ordered by, as words of a program are. */
  order: (row: DeploymentRow) => string;
  /** Whether the first press on its head shows the largest first. */
  largestFirst?: boolean;
  cell: (row: DeploymentRow) => ReactNode;
};

/** The columns of `cloud list` in its order, then how old the status is, where it all is, and what runs. */
export const columns: Column[] = [
  {
    id: 'deployment_id',
    head: 'Deployment ID',
    width: 'w-[7rem]',
    order: (row) => sortKey(row.deployment_id),
    cell: ({ deployment_id }) => (
      <a
        href={href(deploymentRoute(deployment_id))}
        tabIndex={-1}
        title={deployment_id}
        className="block truncate rounded font-mono font-medium text-accent outline-none"
      >
        {deployment_id}
      </a>
    ),
  },
  {
    id: 'organization',
    head: 'Organization',
    width: 'w-[12%]',
    order: (row) => sortKey(row.organization),
    cell: (row) => <Text text={row.organization} />,
  },
  {
    id: 'project',
    head: 'Project',
    width: 'w-[15%]',
    order: (row) => sortKey(row.project),
    cell: (row) => <Text text={row.project} />,
  },
  {
    id: 'status',
    head: 'Status',
    width: 'w-[8rem]',
    order: (row) => look(deploymentLooks, row.status).word,
    cell: (row) => <DeploymentStatusPill status={row.status} />,
  },
  {
    id: 'created',
    head: 'Created',
    width: 'w-[6rem]',
    order: (row) => row.created_at ?? '',
    largestFirst: true,
    cell: ({ created_at }) => (created_at ? <span title={moment(created_at)}>{date(created_at)}</span> : '–'),
  },
  {
    id: 'checked',
    head: 'Checked',
    width: 'w-[5.75rem]',
    order: (row) => row.checked_at ?? '',
    largestFirst: true,
    cell: ({ checked_at }) => (
      <span className="text-sm text-faint">{checked_at ? <Ago at={checked_at} /> : 'never'}</span>
    ),
  },
  {
    id: 'environments',
    head: 'Environments',
    width: 'w-[10.5rem] min-[1200px]:w-[20%]',
    order: (row) => row.environments.map(({ name, target }) => `${target} ${name}`).join(),
    cell: (row) => <Environments environments={row.environments} />,
  },
  {
    id: 'progress',
    head: 'Progress',
    width: '',
    order: ({ running, problem }) =>
      running ? `2 ${(running.done / Math.max(running.total, 1)).toFixed(3)}` : problem ? '1' : '0',
    largestFirst: true,
    cell: ({ running, problem }) =>
      running ? <RunningProgress running={running} /> : problem ? <Problem text={problem} /> : null,
  },
];

function Text({ text }: { text: string }) {
  return (
    <span className="block truncate" title={text}>
      {text}
    </span>
  );
}
