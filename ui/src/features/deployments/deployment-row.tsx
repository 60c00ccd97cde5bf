import { FlexRender, type Row } from '@tanstack/react-table';
import { memo } from 'react';
import type { DeploymentRow } from '@/api/backend';
import { deploymentRoute, navigate } from '@/router';
import type { features } from './columns';

/** One row of the table. Scrolling draws only rows that come into sight. */
export const TableRow = memo(function TableRow({
  row,
  index,
  active,
  onFocus,
}: {
  row: Row<typeof features, DeploymentRow>;
  index: number;
  active: boolean;
  onFocus: (index: number) => void;
}) {
  return (
    <tr
      data-index={index}
      data-testid={`deployment-${row.original.deployment_id}`}
      aria-rowindex={index + 2}
      tabIndex={active ? 0 : -1}
      onFocus={() => onFocus(index)}
      onClick={() => navigate(deploymentRoute(row.original.deployment_id))}
      className="group h-10 cursor-default outline-none"
    >
      {row.getAllCells().map((cell) => (
        <td
          key={cell.id}
          className="h-10 border-b px-2 group-hover:bg-hover group-focus-visible:bg-accent-ground group-focus-visible:shadow-[inset_0_1px_var(--color-accent),inset_0_-1px_var(--color-accent)] first:pl-4 last:pr-4"
        >
          <FlexRender cell={cell} />
        </td>
      ))}
    </tr>
  );
});
