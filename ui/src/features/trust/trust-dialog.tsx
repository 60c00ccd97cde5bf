import { useQueryClient } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { useRef } from 'react';
import { BackendError, type TrustQuestion } from '@/api/backend';
import { answerTrust } from '@/api/trust';
import { Accesses } from '@/components/accesses';
import { Button } from '@/components/controls/button';
import { Dialog } from '@/components/frame/dialog';

/** Whether a folder may use the accounts that its files name: asked once, before the first call to AWS for it. */
export function TrustDialog({ question }: { question: TrustQuestion }) {
  const client = useQueryClient();
  const refuse = useRef<HTMLButtonElement>(null);
  const { deployment, folder, unknown } = question;
  const accounts = new Set(unknown.map(({ access }) => access.account));
  const [one] = accounts;
  const which = accounts.size === 1 ? `account ${one}` : `${accounts.size} accounts`;

  async function trust() {
    await answerTrust(true);
    // What was refused for want of it is asked for again.
    const wanted = (error: unknown) => error instanceof BackendError && error.code === 'untrusted';
    await client.invalidateQueries({ predicate: ({ state }) => wanted(state.error) });
  }

  return (
    <Dialog
      title={`Trust ${deployment} with ${which}?`}
      onClose={() => void answerTrust(false)}
      initialFocus={refuse}
      foot={
        <>
          <span className="flex-1" />
          <Button ref={refuse} onClick={() => void answerTrust(false)}>
            Not now
          </Button>
          <Button look="primary" icon={ShieldCheck} onClick={() => void trust()}>
            Trust
          </Button>
        </>
      }
    >
      <p>
        The files in this folder name {accounts.size === 1 ? 'an account' : 'accounts'} that Skydeck has not
        used for it yet. Nothing has been called.
      </p>
      <Accesses unknown={unknown} />
      <p className="text-soft">
        If you trust it, Skydeck calls AWS for this folder with the credentials of this machine, also when you
        only look at it. To get credentials, a profile may run a program. Trust a folder only if you know who
        wrote its files. Skydeck asks again if the account, the profile or the endpoint changes.
      </p>
      <p className="font-mono text-sm break-all text-faint">{folder}</p>
    </Dialog>
  );
}
