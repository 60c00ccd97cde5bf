import { useMutation, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { savingAccess } from '@/actions/save-access';
import { type Access, BackendError, type EnvironmentSettings } from '@/api/backend';
import { queries } from '@/api/queries';
import { Button } from '@/components/controls/button';
import { Dialog } from '@/components/frame/dialog';
import { Loaded } from '@/components/loaded';
import { ErrorNotice } from '@/components/notice';
import { fromDraft, toDraft } from './draft';
import { Fields } from './fields';
import { TargetChange } from './target-change';

/** How an environment is reached: shown, proven, and written into the manifest. */
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
            {save.isPending ? 'Saving…' : 'Save'}
          </Button>
        </>
      }
    >
      {save.error ? (
        <ErrorNotice error={save.error}>
          {isUnproven(save.error) ? (
            <Unproven
              environment={environment}
              onSave={() => save.variables && save.mutate({ ...save.variables, prove: false })}
            />
          ) : null}
        </ErrorNotice>
      ) : null}
      <Loaded snug query={settings}>
        {(initial) => (
          <Loaded snug query={access}>
            {(known) => (
              <Form
                id={form}
                environment={environment}
                initial={initial}
                access={known}
                onSave={(after) => save.mutate({ before: initial, after, expected: null, prove: true })}
              />
            )}
          </Loaded>
        )}
      </Loaded>
    </Dialog>
  );
}

/** Whether only the proof of the account failed: AWS was asked, and said something else or nothing. */
function isUnproven(error: Error): boolean {
  const codes: BackendError['code'][] = ['wrong_account', 'credentials', 'unreachable', 'throttled'];
  return error instanceof BackendError && codes.includes(error.code);
}

/** The way on where nobody here can log in to that account. */
function Unproven({ environment, onSave }: { environment: string; onSave: () => void }) {
  return (
    <div className="mt-1 flex flex-col items-start gap-2">
      <p>
        Nothing was written. It can be all the same: every operation on {environment} asks again before it
        starts, and is refused unless the account is this one.
      </p>
      <Button size="small" onClick={onSave}>
        Save without the proof
      </Button>
    </div>
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
  const [before] = useState(initial.target);
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
      <Fields
        environment={environment}
        draft={draft}
        access={access}
        onChange={(change) => setDraft((now) => ({ ...now, ...change }))}
        remark={<TargetChange environment={environment} from={before} to={draft.target} />}
      />
    </form>
  );
}
