import { useMutation } from '@tanstack/react-query';
import { HardDrive, RefreshCw } from 'lucide-react';
import { backend } from '@/api/backend';
import { Button } from '@/components/controls/button';
import { sentence } from '@/format';
import { DeploymentsFolder } from './deployments-folder';

/** The folder that held the deployments is gone: what to do about it, and nothing that is done unasked. */
export function RootGone({ error, onRetry, busy }: { error: Error; onRetry: () => void; busy: boolean }) {
  const anew = useMutation({ mutationFn: () => backend.beginAnew() });
  return (
    <section
      aria-labelledby="root-gone"
      className="m-auto flex max-w-lg flex-col items-center gap-3 p-8 text-center"
    >
      <HardDrive aria-hidden size={48} strokeWidth={1.25} className="text-warn" />
      <h2 id="root-gone" className="mt-2 text-xl font-semibold">
        The deployments folder cannot be found
      </h2>
      <p role="alert" className="max-w-full break-words text-soft">
        {sentence(error.message)}
      </p>
      <p className="text-balance text-soft">
        If it is on a disk that is not mounted, mount the disk: your deployments then show by themselves.
        Until then nothing is created there.
      </p>
      <div className="mt-2 flex items-center gap-2">
        <Button look="primary" icon={RefreshCw} onClick={onRetry} disabled={busy} focusableWhenDisabled>
          Look again
        </Button>
        <Button look="quiet" onClick={() => anew.mutate()}>
          Begin anew in this folder
        </Button>
      </div>
      <DeploymentsFolder title="Deployments were kept in" />
    </section>
  );
}
