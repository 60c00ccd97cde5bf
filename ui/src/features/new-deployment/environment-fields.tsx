import { X } from 'lucide-react';
import type { NewEnvironment } from '@/api/backend';
import { IconButton } from '@/components/controls/button';
import { Segmented } from '@/components/controls/segmented';
import { TextField } from '@/components/controls/text-field';
import { TargetChip } from '@/components/target-chip';
import { retarget } from './draft';

type Part = 'name' | 'region' | 'account' | 'profile';

/** One environment of the form. */
export function EnvironmentFields({
  environment,
  problemOf,
  onChange,
  onLeave,
  onRemove,
}: {
  environment: NewEnvironment;
  problemOf: (part: Part) => string | undefined;
  onChange: (environment: NewEnvironment) => void;
  onLeave: (part: Part) => void;
  onRemove?: () => void;
}) {
  const { name, target } = environment;
  const title = `Environment ${name || 'without a name'}`;
  const field = (part: Part) => ({
    value: environment[part] ?? '',
    onChange: (value: string) => onChange({ ...environment, [part]: value }),
    onLeave: () => onLeave(part),
    problem: problemOf(part),
    mono: true,
  });
  return (
    <fieldset aria-label={title} className="min-w-0 rounded-lg border bg-surface">
      <div className="flex items-center gap-2.5 border-b py-2 pr-2 pl-3">
        <span className="truncate font-semibold" title={name}>
          {name || 'New environment'}
        </span>
        <TargetChip target={target} />
        <span className="flex-1" />
        <Segmented
          label={`Target of ${name || 'the environment'}`}
          value={target}
          choices={[
            { value: 'sandbox', label: 'Sandbox' },
            { value: 'aws', label: 'AWS' },
          ]}
          onChange={(next) => onChange(retarget(environment, next))}
        />
        {onRemove ? (
          <IconButton label={`Remove ${name || 'environment'}`} icon={X} onClick={onRemove} />
        ) : null}
      </div>
      <div className="grid grid-cols-2 gap-3 p-3">
        <TextField label="Name" {...field('name')} placeholder="dev" />
        <TextField label="Region" {...field('region')} placeholder="us-east-1" />
        <TextField
          label="Account"
          {...field('account')}
          placeholder="123456789012"
          hint={
            target === 'aws'
              ? 'The only account that is ever touched.'
              : 'Any digits: nothing leaves this machine.'
          }
        />
        {target === 'aws' ? (
          <TextField
            label="Profile"
            {...field('profile')}
            hint="Of ~/.aws/config. Empty: the default chain."
          />
        ) : null}
      </div>
    </fieldset>
  );
}
