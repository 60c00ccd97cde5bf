import type { RowEnvironment, Target } from '@/api/backend';
import { TargetChip } from '@/components/target-chip';

/** Where a deployment is: each kind of target with the environments that live there. */
export function Environments({ environments }: { environments: RowEnvironment[] }) {
  const targets = [...new Set(environments.map(({ target }) => target))];
  const names = (wanted: Target | null) =>
    environments.filter(({ target }) => target === wanted).map(({ name }) => name);
  return (
    <span
      className="flex items-center gap-1.5 overflow-hidden text-sm whitespace-nowrap text-soft"
      title={environments.map(({ name, target }) => `${name}: ${target ?? 'no target'}`).join('\n')}
    >
      {targets.map((target) => (
        <span key={target} className="inline-flex min-w-0 items-center gap-1">
          <TargetChip target={target} />
          <span className="truncate">{names(target).join(', ')}</span>
        </span>
      ))}
    </span>
  );
}
