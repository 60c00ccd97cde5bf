import type { NewDeployment } from '@/api/backend';
import { Select } from '@/components/controls/select';
import { TextField } from '@/components/controls/text-field';

const texts = [
  {
    field: 'organization',
    label: 'Organization',
    placeholder: 'Acme',
    hint: 'Whose it is. Part of the folder’s name.',
  },
  {
    field: 'project',
    label: 'Project',
    placeholder: 'web-shop',
    hint: 'What it deploys. Part of the folder’s name.',
  },
  { field: 'domain', label: 'Domain', placeholder: 'shop.example.com', hint: 'The domain that it serves.' },
] as const;

/** What is said of the deployment as a whole. */
export function GeneralFields({
  draft,
  shown,
  onChange,
  onLeave,
}: {
  draft: NewDeployment;
  /** What is wrong with a field, by its name. */
  shown: ReadonlyMap<string, string>;
  onChange: (part: Partial<NewDeployment>) => void;
  onLeave: (field: string) => void;
}) {
  return (
    <div className="grid grid-cols-2 gap-4">
      {texts.map(({ field, ...words }) => (
        <TextField
          key={field}
          {...words}
          value={draft[field]}
          onChange={(value) => onChange({ [field]: value })}
          onLeave={() => onLeave(field)}
          problem={shown.get(field)}
        />
      ))}
      <div className="flex flex-col gap-1">
        <span className="font-medium">Template</span>
        <Select
          label="Template"
          value={draft.template}
          choices={[{ value: 'default', label: 'default' }]}
          onChange={(template) => onChange({ template })}
        />
        <span className="text-sm text-faint">The stacks to start from.</span>
      </div>
    </div>
  );
}
