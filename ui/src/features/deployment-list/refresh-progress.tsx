import { Square, X } from 'lucide-react';
import { Button, IconButton } from '@/components/controls/button';
import { CopyButton } from '@/components/controls/copy-button';
import { Disclosure } from '@/components/controls/disclosure';
import { ProgressBar } from '@/components/progress-bar';
import { count } from '@/format';
import { deploymentRoute, href } from '@/router';
import { dismissRefresh, type RefreshOfMany, stopRefresh, useRefreshOfMany } from './refresh-many';

/** How far the refresh of many is, and what came of it. */
export function RefreshProgress() {
  const run = useRefreshOfMany();
  if (!run) return null;
  const { done, total, failed, over, stopped } = run;
  return (
    <section aria-label="Refresh of many" className="border-t bg-canvas px-4 py-1.5">
      <div className="flex items-center gap-3">
        <span role="status" className={failed.length > 0 ? 'text-bad' : over ? 'text-ok' : ''}>
          {over ? outcome(run) : `Refreshing ${done} of ${total}…`}
        </span>
        {over ? (
          <>
            <span className="flex-1" />
            {failed.length > 0 ? (
              <CopyButton text={failed.map(line).join('\n')} label="Copy the failures">
                Copy the failures
              </CopyButton>
            ) : null}
            <IconButton label="Dismiss" icon={X} onClick={dismissRefresh} />
          </>
        ) : (
          <>
            <span className="w-48">
              <ProgressBar label="Refreshing" done={done} total={total} />
            </span>
            <Button
              look="quiet"
              size="small"
              icon={Square}
              disabled={stopped}
              focusableWhenDisabled
              onClick={stopRefresh}
            >
              {stopped ? 'Stopping…' : 'Stop'}
            </Button>
          </>
        )}
      </div>
      {failed.length > 0 ? (
        <Disclosure quiet startsOpen head={<span>{count(failed.length, 'failure')}</span>}>
          <ul className="max-h-32 overflow-y-auto pl-8 text-sm">
            {failed.map(({ id, error }) => (
              <li key={id} className="flex gap-3 py-0.5">
                <a href={href(deploymentRoute(id))} className="shrink-0 font-mono text-accent">
                  {id}
                </a>
                <span className="line-clamp-2 min-w-0 break-words text-soft" title={error.message}>
                  {error.message}
                </span>
              </li>
            ))}
          </ul>
        </Disclosure>
      ) : null}
    </section>
  );
}

const line = ({ id, error }: RefreshOfMany['failed'][number]) => `${id}: ${error.message}`;

function outcome({ done, total, failed, mended, stopped }: RefreshOfMany): string {
  const parts = [`${done - failed.length} of ${total} refreshed`];
  if (mended > 0) parts.push(`${mended} with news`);
  if (failed.length > 0) parts.push(`${failed.length} failed`);
  if (stopped && done < total) parts.push(`${total - done} left out`);
  return `${parts.join(', ')}.`;
}
