import { Box, Cloud, HelpCircle, type LucideIcon } from 'lucide-react';
import type { Target } from '@/api/backend';

const targets: Record<Target, { word: string; icon: LucideIcon; className: string }> = {
  sandbox: { word: 'SANDBOX', icon: Box, className: 'bg-box-ground text-box' },
  aws: { word: 'AWS', icon: Cloud, className: 'bg-idle-ground text-soft' },
};

const unknown = { word: 'No target', icon: HelpCircle, className: 'bg-idle-ground text-soft' };

/** Whether an environment is a sandbox or real. */
export function TargetChip({ target }: { target: Target | null }) {
  const { word, icon: Icon, className } = target ? targets[target] : unknown;
  return (
    <span
      className={`inline-flex h-5 items-center gap-1 rounded px-1.5 text-xs font-semibold whitespace-nowrap ${className}`}
    >
      <Icon aria-hidden size={12} />
      {word}
    </span>
  );
}

/** Target, account and region in one line. */
export function Place({
  target,
  account,
  region,
}: {
  target: Target | null;
  account: string | null;
  region: string | null;
}) {
  return (
    <span className="inline-flex min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5 text-sm font-normal text-soft">
      <TargetChip target={target} />
      {account ? (
        <span className="font-mono" title={`Account ${account}`}>
          {account}
        </span>
      ) : null}
      {region ? <span className="font-mono">{region}</span> : null}
    </span>
  );
}
