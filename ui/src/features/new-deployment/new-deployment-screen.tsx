import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { backend, type NewDeployment } from '@/api/backend';
import { queries } from '@/api/queries';
import { Button, buttonClass } from '@/components/button';
import { ErrorNotice, Notice } from '@/components/notice';
import { Select } from '@/components/select';
import { TextField } from '@/components/text-field';
import { TopBar } from '@/components/top-bar';
import { deploymentRoute, href, navigate, wholeList } from '@/router';
import { emptyDraft, newEnvironment, shownProblems, strayProblems, usualEnvironments } from './draft';
import { EnvironmentFields } from './environment-fields';
import { Preview } from './preview';
import { usePreview } from './use-preview';

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

/** Screen 3: a new deployment, and what will be written for it. */
export function NewDeploymentScreen() {
  const [draft, setDraft] = useState(emptyDraft);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [tried, setTried] = useState(false);
  const { preview, error } = usePreview(draft);
  const client = useQueryClient();
  // What was typed last may not have been looked at yet: it is, before anything is created.
  const create = useMutation({
    mutationFn: async (input: NewDeployment) => {
      const checked = await client.fetchQuery(queries.preview(input));
      return checked.problems.length > 0 ? null : backend.createDeployment(input);
    },
    onSuccess: (row) => {
      if (row) navigate(deploymentRoute(row.deployment_id));
    },
  });

  const problems = preview?.problems ?? [];
  const shown = shownProblems(problems, touched, tried);
  const stray = tried ? strayProblems(problems, draft) : [];
  const change = (part: Partial<NewDeployment>) => setDraft((before) => ({ ...before, ...part }));
  const leave = (field: string) => setTouched((before) => new Set(before).add(field));
  const { environments } = draft;
  const missing = usualEnvironments.filter((name) =>
    environments.every((environment) => environment.name !== name),
  );

  function submit() {
    setTried(true);
    if (!create.isPending) create.mutate(draft);
  }

  return (
    <>
      <TopBar crumbs={[{ label: 'Deployments', href: href(wholeList) }, { label: 'New deployment' }]} />
      <main className="flex min-h-0 flex-1 flex-col">
        <div className="grid min-h-0 flex-1 overflow-y-auto lg:grid-cols-[minmax(26rem,1fr)_minmax(0,1fr)] lg:overflow-hidden">
          <form
            id="new-deployment"
            aria-label="New deployment"
            className="flex min-w-0 flex-col gap-5 p-5 lg:overflow-y-auto"
            onSubmit={(event) => {
              event.preventDefault();
              submit();
            }}
          >
            {stray.length > 0 ? (
              <Notice urgent tone="bad" title="This cannot be created yet">
                {stray.map(({ field, message }) => (
                  <p key={field}>
                    {field}: {message}
                  </p>
                ))}
              </Notice>
            ) : null}
            <div className="grid grid-cols-2 gap-4">
              {texts.map(({ field, ...words }) => (
                <TextField
                  key={field}
                  {...words}
                  value={draft[field]}
                  onChange={(value) => change({ [field]: value })}
                  onLeave={() => leave(field)}
                  problem={shown.get(field)}
                />
              ))}
              <div className="flex flex-col gap-1">
                <span className="font-medium">Template</span>
                <Select
                  label="Template"
                  value={draft.template}
                  choices={[{ value: 'default', label: 'default' }]}
                  onChange={(template) => change({ template })}
                />
                <span className="text-sm text-faint">The stacks to start from.</span>
              </div>
            </div>
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
                  onLeave={(part) => leave(`environments.${index}.${part}`)}
                  onChange={(next) => change({ environments: environments.with(index, next) })}
                  onRemove={
                    environments.length > 1
                      ? () => change({ environments: environments.toSpliced(index, 1) })
                      : undefined
                  }
                />
              ))}
              <div className="flex flex-wrap gap-2">
                {[...missing, ''].map((name) => (
                  <Button
                    key={name}
                    size="small"
                    icon={Plus}
                    onClick={() => change({ environments: [...environments, newEnvironment(name)] })}
                  >
                    {name ? `Add ${name}` : 'Add another'}
                  </Button>
                ))}
              </div>
            </section>
          </form>
          <Preview preview={preview} error={error} />
        </div>
        <footer className="flex items-center justify-end gap-2 border-t bg-surface px-5 py-2.5">
          <div className="min-w-0 flex-1">
            {create.error ? <ErrorNotice error={create.error} /> : null}
            {tried && problems.length > 0 ? (
              <p role="status" className="truncate text-bad">
                {problems.length === 1 ? 'One field needs' : `${problems.length} fields need`} your attention.
              </p>
            ) : null}
          </div>
          <a href={href(wholeList)} className={buttonClass('secondary', 'normal')}>
            Cancel
          </a>
          <Button
            type="submit"
            form="new-deployment"
            look="primary"
            disabled={create.isPending}
            focusableWhenDisabled
          >
            Create deployment
          </Button>
        </footer>
      </main>
    </>
  );
}
