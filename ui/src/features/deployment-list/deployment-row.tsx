import { memo } from 'react';
import { about } from '@/actions/about';
import type { DeploymentRow } from '@/api/backend';
import { columns } from './columns';

const cellClass =
  'h-10 border-b px-2 group-hover:bg-hover group-aria-selected:bg-accent-ground group-focus-visible:shadow-[inset_0_1px_var(--color-accent),inset_0_-1px_var(--color-accent)]';

/** One row of the table, which hears all that is done to it. Scrolling draws only rows that come into sight. */
export const TableRow = memo(function TableRow({
  row,
  index,
  active,
  chosen,
}: {
  row: DeploymentRow;
  index: number;
  active: boolean;
  chosen: boolean;
}) {
  const { deployment_id } = row;
  return (
    <tr
      data-index={index}
      data-testid={`deployment-${deployment_id}`}
      {...about({ about: 'deployment', deployment: deployment_id })}
      aria-rowindex={index + 2}
      aria-selected={chosen}
      tabIndex={active ? 0 : -1}
      className="group h-10 cursor-default outline-none"
    >
      <td className={`${cellClass} pl-4`}>
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={`Choose ${deployment_id}`}
          checked={chosen}
          readOnly
          className="tick block size-3.5"
        />
      </td>
      {columns.map(({ id, cell }) => (
        <td key={id} className={`${cellClass} last:pr-4`}>
          {cell(row)}
        </td>
      ))}
    </tr>
  );
});
