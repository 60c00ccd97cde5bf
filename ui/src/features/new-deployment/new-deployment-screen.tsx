import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CloudUpload, Plus } from 'lucide-react';
import { useState } from 'react';
import { askFor } from '@/actions/operations';
import { backend, type NewDeployment } from '@/api/backend';
import { queries } from '@/api/queries';
import { Button, buttonClass } from '@/components/button';
import { keepsClear } from '@/components/foot';
import { Loaded } from '@/components/loaded';
import { ErrorNotice, Notice } from '@/components/notice';
import { Select } from '@/components/select';
import { TextField } from '@/components/text-field';
import { TopBar } from '@/components/top-bar';
import { deploymentRoute, href, navigate, wholeList } from '@/router';
import { newEnvironment, shownProblems, strayProblems, usualEnvironments } from './draft';
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
  const suggestion = useQuery(queries.suggestion());
  return (
    <>
      <TopBar crumbs={[{ label: 'Deployments', href: href(wholeList) }, { label: 'New deployment' }]} />
      <Loaded query={suggestion}>{(initial) => <Form initial={initial} />}</Loaded>
    </>
  );
}

/** A deployment to make, and where to go once it is there. */
type Creation = { input: NewDeployment; then: (id: string) => void };

function Form({ initial }: { initial: NewDeployment }) {
  const [draft, setDraft] = useState(initial);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [tried, setTried] = useState(false);
  const { preview, error } = usePreview(draft);
  const client = useQueryClient();
  // What was typed last may not have been looked at yet: it is, before anything is created.
  const create = useMutation({
    mutationFn: async ({ input }: Creation) => {
      const checked = await client.fetchQuery(queries.preview(input));
      return checked.problems.length > 0 ? null : backend.createDeployment(input);
    },
    onSuccess: (row, { then }) => {
      if (row) then(row.deployment_id);
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

  function submit(then: Creation['then']) {
    setTried(true);
    if (!create.isPending) create.mutate({ input: draft, then });
  }
  const look = (id: string) => navigate(deploymentRoute(id));
  const deployFirst = (id: string) => {
    // 'Back' from the review leads to the deployment.
    look(id);
    askFor(id, { kind: 'deploy', environment: environments[0]?.name ?? '' });
  };

  return (
    <main className="flex min-h-0 flex-1 flex-col">
      <div className="grid min-h-0 flex-1 overflow-y-auto lg:grid-cols-[minmax(26rem,1fr)_minmax(0,1fr)] lg:overflow-hidden">
        <form
          id="new-deployment"
          aria-label="New deployment"
          className="flex min-w-0 flex-col gap-5 p-5 lg:overflow-y-auto"
          onSubmit={(event) => {
            event.preventDefault();
            submit(look);
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
      <footer
        ref={keepsClear}
        className="flex items-center justify-end gap-2 border-t bg-surface px-5 py-2.5"
      >
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
          icon={CloudUpload}
          disabled={create.isPending}
          focusableWhenDisabled
          onClick={() => submit(deployFirst)}
        >
          Create and review its deploy
        </Button>
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
  );
}
