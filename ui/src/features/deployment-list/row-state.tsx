import { TriangleAlert } from 'lucide-react';
import { operationWords } from '@/actions/operations';
import type { Running } from '@/api/backend';
import { ProgressBar } from '@/components/progress-bar';
import { Elapsed } from '@/components/time';
import { look, stackLooks } from '@/status/statuses';

/** What runs on a deployment, and how far it is. */
export function RunningProgress({ running }: { running: Running }) {
  const { name, destructive } = operationWords[running.kind];
  const { icon: Icon } = look(stackLooks, destructive ? 'destroying' : 'deploying');
  const what = running.environment ? `${name} ${running.environment}` : name;
  return (
    <div className="min-w-0" title={running.elsewhere ?? undefined}>
      <div className="flex items-center gap-1.5 text-sm leading-4">
        <Icon aria-hidden size={13} className="shrink-0 animate-spin-calm text-busy" />
        <span className="min-w-0 truncate font-medium text-busy">{what}</span>
        <span className="ml-auto shrink-0 text-soft">
          {running.done} of {running.total} · <Elapsed from={running.started_at} to={null} />
        </span>
      </div>
      <div className="mt-1">
        <ProgressBar label={what} done={running.done} total={running.total} />
      </div>
    </div>
  );
}

/** What is wrong with a folder. */
export function Problem({ text }: { text: string }) {
  return (
    <span className="flex min-w-0 items-center gap-1.5 text-warn" title={text}>
      <TriangleAlert aria-hidden size={14} className="shrink-0" />
      <span className="truncate">{text}</span>
    </span>
  );
}
