import { Unlink } from 'lucide-react';
import type { RowEnvironment } from '@/api/backend';
import { TargetChip } from '@/components/target-chip';

const inWords = ({ name, target, former }: RowEnvironment) =>
  `${name}: ${target ?? 'no target'}${former ? ', not in the manifest any more' : ''}`;

/** Where a deployment is: each kind of target with the environments that live there. */
export function Environments({ environments }: { environments: RowEnvironment[] }) {
  const targets = [...new Set(environments.map(({ target }) => target))];
  // In a small window there is room for the names only where all live in one place.
  const several = targets.length > 1;
  return (
    <span
      className="flex items-center gap-1.5 overflow-hidden text-sm whitespace-nowrap text-soft"
      title={environments.map(inWords).join('\n')}
    >
      {targets.map((target) => (
        <span key={target} className="inline-flex min-w-0 items-center gap-1">
          <TargetChip target={target} />
          <span className={`truncate ${several ? 'hidden min-[1200px]:inline' : ''}`}>
            {environments
              .filter((environment) => environment.target === target)
              .map((environment, index) => (
                <Name key={environment.name} environment={environment} first={index === 0} />
              ))}
          </span>
        </span>
      ))}
    </span>
  );
}

function Name({ environment: { name, former }, first }: { environment: RowEnvironment; first: boolean }) {
  return (
    <>
      {first ? null : ', '}
      {former ? (
        <span className="text-warn">
          {name} <Unlink aria-hidden size={12} className="inline align-[-1px]" />
          <span className="sr-only"> (not in the manifest any more)</span>
        </span>
      ) : (
        name
      )}
    </>
  );
}
