import { ClipboardCheck } from 'lucide-react';
import { about } from '@/actions/about';
import { looksOnly, operationWords } from '@/actions/operations';
import type { OperationSummary } from '@/api/backend';
import { CopyButton } from '@/components/controls/copy-button';
import { Ago, Elapsed } from '@/components/time';
import { LookText } from '@/status/status';
import { cutOff, outcomeLook, phaseLooks } from '@/status/statuses';

/** One operation of the history. */
export function HistoryRow({
  deployment,
  operation,
  running,
  selected,
  onShow,
}: {
  deployment: string;
  operation: OperationSummary;
  running: boolean;
  selected: boolean;
  onShow: () => void;
}) {
  const { name, icon: Icon } = operationWords[operation.kind];
  const state = operation.outcome
    ? outcomeLook(operation.kind, operation.outcome)
    : running
      ? phaseLooks.running
      : cutOff;
  const where = operation.environments.join(', ');
  const what = operation.stack ? `${name} ${operation.stack}` : name;
  const quiet = looksOnly(operation.kind);
  return (
    // The button is the keyboard's way; for the mouse the whole row is the target. It cannot be stretched over the row
    // as in a cell: WebKit gives `position: relative` on a row no effect, and it would lie over the whole page.
    <tr
      data-testid={`history-${operation.id}`}
      {...about({ about: 'operation', deployment, operation: operation.id })}
      onClick={onShow}
      className={`cursor-pointer [&>td]:h-9 [&>td]:truncate [&>td]:border-b [&>td]:px-3 ${selected ? 'bg-accent-ground' : 'hover:bg-hover'}`}
    >
      <td>
        <button
          type="button"
          aria-label={`Show ${what} in ${where}, ${state.word}`}
          aria-expanded={selected}
          title={what}
          className={`inline-flex max-w-full items-center gap-2 rounded align-middle ${quiet ? 'text-soft' : 'font-medium'}`}
        >
          <Icon aria-hidden size={14} className="shrink-0 text-faint" />
          <span className="truncate">{what}</span>
        </button>
      </td>
      <td title={where}>{where}</td>
      <td className="text-soft">
        <Ago at={operation.started_at} />
      </td>
      <td className="text-soft" title={`${operation.by} ${operation.version}`}>
        <span className="flex items-center gap-1.5">
          <span className="truncate">
            {operation.by} <span className="text-faint">{operation.version}</span>
          </span>
          {operation.reviewed ? (
            <span title="Reviewed before it started" className="shrink-0 text-faint">
              <ClipboardCheck aria-hidden size={13} />
              <span className="sr-only">reviewed</span>
            </span>
          ) : null}
        </span>
      </td>
      <td>
        <LookText look={state} />
      </td>
      <td className="text-right text-soft">
        {operation.ended_at || running ? (
          <Elapsed from={operation.started_at} to={operation.ended_at} took={operation.seconds} />
        ) : (
          '–'
        )}
      </td>
      {/* The row's own click shows the operation. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: nothing is done here, and a key on the button reaches no row */}
      <td className="!px-2" onClick={(event) => event.stopPropagation()}>
        {operation.command ? (
          <CopyButton text={operation.command} label={`Copy ${what} in ${where} as cloud command`} />
        ) : null}
      </td>
    </tr>
  );
}
