import type { RowEnvironment, Target } from '@/api/backend';
import { TargetChip } from '@/components/target-chip';

const inWords = ({ name, target, former }: RowEnvironment) =>
  `${name}: ${target ?? 'no target'}${former ? ', not in the manifest any more' : ''}`;

/** Where a deployment is: each kind of target with the environments that live there. */
export function Environments({ environments }: { environments: RowEnvironment[] }) {
  const targets = [...new Set(environments.map(({ target }) => target))];
  // In a small window there is room for the names only where all live in one place.
  const several = targets.length > 1;
  const names = (wanted: Target | null) =>
    environments
      .filter(({ target }) => target === wanted)
      .map(({ name, former }) => (former ? `${name} (not in the manifest)` : name));
  return (
    <span
      className="flex items-center gap-1.5 overflow-hidden text-sm whitespace-nowrap text-soft"
      title={environments.map(inWords).join('\n')}
    >
      {targets.map((target) => (
        <span key={target} className="inline-flex min-w-0 items-center gap-1">
          <TargetChip target={target} />
          <span className={`truncate ${several ? 'hidden min-[1200px]:inline' : ''}`}>
            {names(target).join(', ')}
          </span>
        </span>
      ))}
    </span>
  );
}
