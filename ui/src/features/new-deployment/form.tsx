import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { askFor } from '@/actions/operations';
import { backend, type NewDeployment } from '@/api/backend';
import { queries } from '@/api/queries';
import { Notice } from '@/components/notice';
import { deploymentRoute, navigate } from '@/router';
import { CreateBar } from './create-bar';
import { shownProblems, strayProblems } from './draft';
import { EnvironmentList } from './environment-list';
import { GeneralFields } from './general-fields';
import { Preview } from './preview';
import { usePreview } from './use-preview';

/** The form's id, to which the button that sends it is bound. */
const FORM = 'new-deployment';

/** A deployment to make, and where to go once it is there. */
type Creation = { input: NewDeployment; then: (id: string) => void };

/** The fields, what would be written, and the buttons. */
export function Form({ initial }: { initial: NewDeployment }) {
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
          id={FORM}
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
          <GeneralFields draft={draft} shown={shown} onChange={change} onLeave={leave} />
          <EnvironmentList
            environments={environments}
            shown={shown}
            onChange={(next) => change({ environments: next })}
            onLeave={leave}
          />
        </form>
        <Preview preview={preview} error={error} />
      </div>
      <CreateBar
        form={FORM}
        error={create.error}
        wrong={tried ? problems.length : 0}
        busy={create.isPending}
        onDeploy={() => submit(deployFirst)}
      />
    </main>
  );
}
