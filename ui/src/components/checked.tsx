import { CloudOff, LoaderCircle } from 'lucide-react';
import { Ago } from '@/components/time';

/** How old a status is: when CloudFormation was last asked. `stale`: it was asked again since, and did not answer. */
export function Checked({ at, stale }: { at: string | null; stale: boolean }) {
  const age = at ? <Ago at={at} /> : 'never checked';
  if (stale) {
    return (
      <span className="inline-flex min-w-0 items-center gap-1.5 text-warn">
        <CloudOff aria-hidden size={13} className="shrink-0" />
        <span className="min-w-0">Last known state, {age}</span>
      </span>
    );
  }
  return <span className="whitespace-nowrap">{at ? <>Checked {age}</> : 'Not checked yet'}</span>;
}

/** A question to CloudFormation is under way. */
export function AskingNow({ children }: { children: string }) {
  return (
    <span role="status" className="inline-flex min-w-0 items-center gap-1.5 text-busy">
      <LoaderCircle aria-hidden size={13} className="shrink-0 animate-spin-calm" />
      <span className="min-w-0">{children}</span>
    </span>
  );
}
