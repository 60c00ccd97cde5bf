import { Plus } from 'lucide-react';
import type { NewDeployment } from '@/api/backend';
import { Button } from '@/components/controls/button';
import { newEnvironment, usualEnvironments } from './draft';
import { EnvironmentFields } from './environment-fields';

/** The environments to begin with, each with its fields, and the ways to add one. */
export function EnvironmentList({
  environments,
  shown,
  onChange,
  onLeave,
}: {
  environments: NewDeployment['environments'];
  /** What is wrong with a field, by its name. */
  shown: ReadonlyMap<string, string>;
  onChange: (environments: NewDeployment['environments']) => void;
  onLeave: (field: string) => void;
}) {
  const missing = usualEnvironments.filter((name) =>
    environments.every((environment) => environment.name !== name),
  );
  return (
    <section aria-labelledby="environments" className="flex flex-col gap-3">
      <h2 id="environments" className="text-lg font-semibold">
        Environments
      </h2>
      {environments.map((environment, index) => (
        <EnvironmentFields
          // biome-ignore lint/suspicious/noArrayIndexKey: the place in the list is what an environment is known by
          key={index}
          environment={environment}
          problemOf={(part) => shown.get(`environments.${index}.${part}`)}
          onLeave={(part) => onLeave(`environments.${index}.${part}`)}
          onChange={(next) => onChange(environments.with(index, next))}
          onRemove={environments.length > 1 ? () => onChange(environments.toSpliced(index, 1)) : undefined}
        />
      ))}
      <div className="flex flex-wrap gap-2">
        {[...missing, ''].map((name) => (
          <Button
            key={name}
            size="small"
            icon={Plus}
            onClick={() => onChange([...environments, newEnvironment(name)])}
          >
            {name ? `Add ${name}` : 'Add another'}
          </Button>
        ))}
      </div>
    </section>
  );
}
