import { memo } from 'react';
import { about } from '@/actions/about';
import { StackButtons } from '@/actions/stack-buttons';
import type { Cell } from '@/api/backend';
import { cellId } from '@/components/cell-id';
import { Ago } from '@/components/time';
import { StackStatusText } from '@/status/status';
import { look, stackLooks, toneText } from '@/status/statuses';
import { type Mark, marks } from './cell-marks';

/**
 * One stack in one environment. In one line its status, whether a deploy takes it, and its age; below it what is special.
 * Its actions appear where the pointer or the focus is. The grid hears when it is pressed: choosing one draws no other.
 */
export const StackCell = memo(function StackCell({
  deployment,
  stack,
  cell,
  row,
  column,
  active,
  selected,
}: {
  deployment: string;
  stack: string;
  cell: Cell;
  /** Its place, from 0. */
  row: number;
  column: number;
  /** Whether Tab leads here: of a grid's cells, to one. */
  active: boolean;
  selected: boolean;
}) {
  const { environment, status, enabled, former } = cell;
  // Where nothing has happened yet there is no age.
  const updated = status === 'not_deployed' ? null : cell.last_updated;
  return (
    <td
      data-testid={`cell-${stack}-${environment}`}
      {...about({ about: 'stack', deployment, stack, environment })}
      data-status={status}
      data-row={row}
      data-column={column}
      aria-colindex={column + 2}
      className={`group relative border-b px-3 not-last:border-r align-top ${selected ? 'bg-accent-ground' : 'bg-surface hover:bg-hover'}`}
    >
      <div className="flex h-8 items-center justify-between gap-2 group-focus-within:pr-14 group-hover:pr-14">
        <button
          type="button"
          id={cellId(stack, environment)}
          aria-label={`${stack} in ${environment}: ${look(stackLooks, status).word}`}
          aria-expanded={selected}
          tabIndex={active ? 0 : -1}
          // The whole cell is the target; the actions lie above it.
          className="flex min-w-0 shrink-0 rounded text-left after:absolute after:inset-0"
        >
          <StackStatusText status={status} />
        </button>
        <span className="flex min-w-0 items-center gap-1.5 overflow-hidden text-sm whitespace-nowrap text-faint">
          {former ? <span className="min-w-0 truncate text-warn">Not in the manifest</span> : null}
          {enabled === null ? null : (
            <span className="min-w-0 truncate">
              Enabled:{' '}
              <span className={enabled ? '' : 'font-medium text-soft'}>{enabled ? 'Yes' : 'No'}</span>
            </span>
          )}
          {(enabled !== null || former) && updated ? <span aria-hidden>·</span> : null}
          {updated ? (
            <span className="min-w-0 shrink-[9] truncate">
              <Ago at={updated} />
            </span>
          ) : null}
        </span>
      </div>
      {marks(cell).map((mark) => (
        <MarkLine key={mark.title} mark={mark} />
      ))}
      <span className="absolute top-px right-1 flex h-[1.875rem] items-center bg-inherit pl-1 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100">
        <StackButtons deployment={deployment} stack={stack} cell={cell} iconsOnly reachable={active} />
      </span>
    </td>
  );
});

function MarkLine({ mark: { word, icon: Icon, tone, title, at } }: { mark: Mark }) {
  return (
    <p
      title={title}
      className={`-mt-1 mb-1 flex h-[1.125rem] items-center gap-1.5 text-sm ${toneText[tone]}`}
    >
      {Icon ? <Icon aria-hidden size={13} className="shrink-0" /> : null}
      <span className="truncate">{word}</span>
      {at ? (
        <>
          <span aria-hidden className="text-faint">
            ·
          </span>
          <span className="text-faint">
            <Ago at={at} />
          </span>
        </>
      ) : null}
    </p>
  );
}
