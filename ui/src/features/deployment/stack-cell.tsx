import { TriangleAlert } from 'lucide-react';
import type { Cell } from '@/api/backend';
import { Ago } from '@/components/time';
import { sentence } from '@/format';
import { LookText, StackStatusText } from '@/status/status';
import { driftLook, look, stackLooks } from '@/status/statuses';
import { StackActions } from './stack-actions';

/** Where the focus returns to when a cell's panel closes. */
export const cellId = (stack: string, environment: string) => `cell/${stack}/${environment}`;

/** One stack in one environment: its status, whether a deploy takes it, its age, what others did to it, its actions. */
export function StackCell({
  deployment,
  stack,
  cell,
  selected,
  onSelect,
}: {
  deployment: string;
  stack: string;
  cell: Cell;
  selected: boolean;
  onSelect: () => void;
}) {
  const { environment, status, enabled, reason, drift } = cell;
  // Where nothing has happened yet there is no age.
  const updated = status === 'not_deployed' ? null : cell.last_updated;
  const failed = look(stackLooks, status).tone === 'bad';
  return (
    <td
      data-testid={`cell-${stack}-${environment}`}
      data-status={status}
      className={`group relative border-b px-3 not-last:border-r py-1.5 align-top ${selected ? 'bg-accent-ground' : 'hover:bg-hover'}`}
    >
      <div className="flex h-6 items-center gap-2">
        <button
          type="button"
          id={cellId(stack, environment)}
          aria-label={`${stack} in ${environment}: ${look(stackLooks, status).word}`}
          aria-expanded={selected}
          onClick={onSelect}
          // The whole cell is the target; the actions lie above it.
          className="flex min-w-0 flex-1 rounded text-left after:absolute after:inset-0"
        >
          <StackStatusText status={status} />
        </button>
        <span className="relative flex opacity-70 group-hover:opacity-100 focus-within:opacity-100">
          <StackActions deployment={deployment} stack={stack} cell={cell} iconsOnly />
        </span>
      </div>
      <div className="flex items-center gap-1.5 text-sm text-faint">
        {enabled === null ? null : (
          <span className="whitespace-nowrap">
            Enabled: <span className={enabled ? 'text-soft' : ''}>{enabled ? 'Yes' : 'No'}</span>
          </span>
        )}
        {enabled !== null && updated ? <span aria-hidden>·</span> : null}
        {updated ? <Ago at={updated} /> : null}
      </div>
      {reason ? (
        <p
          className={`flex items-center gap-1.5 text-sm ${failed ? 'text-bad' : 'text-warn'}`}
          title={reason}
        >
          {/* Why it failed needs no mark beside its status; what others did to it does. */}
          {failed ? null : <TriangleAlert aria-hidden size={13} className="shrink-0" />}
          <span className="truncate">{failed ? reason : sentence(reason)}</span>
        </p>
      ) : null}
      {drift ? (
        <div className="flex min-w-0 items-center gap-1.5 text-sm text-faint">
          <LookText small look={driftLook(drift.status, drift.resources.length)} />
          <span aria-hidden>·</span>
          <Ago at={drift.checked_at} />
        </div>
      ) : null}
    </td>
  );
}
