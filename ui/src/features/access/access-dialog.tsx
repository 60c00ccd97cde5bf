import { useMutation, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { savingAccess } from '@/actions/save-access';
import type { Access, EnvironmentSettings } from '@/api/backend';
import { queries } from '@/api/queries';
import { Button } from '@/components/button';
import { Dialog } from '@/components/dialog';
import { Loaded } from '@/components/loaded';
import { ErrorNotice } from '@/components/notice';
import { AccessFields } from './access-fields';
import { fromDraft, toDraft } from './draft';

/** How an environment is reached: shown, tried, and written into the manifest. */
export function AccessDialog({
  deployment,
  environment,
  onClose,
}: {
  deployment: string;
  environment: string;
  onClose: () => void;
}) {
  const settings = useQuery(queries.environmentSettings(deployment, environment));
  const access = useQuery(queries.access());
  const form = useId();
  const save = useMutation({ ...savingAccess(deployment, environment), onSuccess: onClose });
  return (
    <Dialog
      title={`Access of ${environment} in ${deployment}`}
      onClose={onClose}
      foot={
        <>
          <p className="min-w-0 flex-1 text-sm text-faint">Saving writes deployment-manifest.yaml.</p>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={form}
            look="primary"
            disabled={!settings.data || !access.data || save.isPending}
            focusableWhenDisabled
          >
            Save
          </Button>
        </>
      }
    >
      {save.error ? <ErrorNotice error={save.error} /> : null}
      <Loaded snug query={settings}>
        {(initial) => (
          <Loaded snug query={access}>
            {(known) => (
              <Form
                id={form}
                environment={environment}
                initial={initial}
                access={known}
                onSave={(after) => save.mutate({ before: initial, after })}
              />
            )}
          </Loaded>
        )}
      </Loaded>
    </Dialog>
  );
}

/** What is being edited stays, whatever the manifest says meanwhile. */
function Form({
  id,
  environment,
  initial,
  access,
  onSave,
}: {
  id: string;
  environment: string;
  initial: EnvironmentSettings;
  access: Access;
  onSave: (settings: EnvironmentSettings) => void;
}) {
  const [draft, setDraft] = useState(() => toDraft(initial));
  return (
    <form
      id={id}
      aria-label="Access"
      className="contents"
      onSubmit={(event) => {
        event.preventDefault();
        onSave(fromDraft(draft));
      }}
    >
      <AccessFields
        environment={environment}
        draft={draft}
        access={access}
        onChange={(change) => setDraft((before) => ({ ...before, ...change }))}
      />
    </form>
  );
}
