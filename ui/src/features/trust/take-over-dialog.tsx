import { useMutation, useQuery } from '@tanstack/react-query';
import { ArrowRightLeft } from 'lucide-react';
import { useRef } from 'react';
import { operationWords } from '@/actions/operations';
import { backend, type TakeOverPlace, type TakeOverView } from '@/api/backend';
import { queries } from '@/api/queries';
import { credentials } from '@/components/accesses';
import { Button } from '@/components/controls/button';
import { CopyCommand } from '@/components/controls/copy-command';
import { Dialog } from '@/components/frame/dialog';
import { Loaded } from '@/components/loaded';
import { ErrorNotice } from '@/components/notice';
import { TargetChip } from '@/components/target-chip';
import { Ago } from '@/components/time';

/** What taking over an interrupted operation does, in which account and as whom, before it is done. */
export function TakeOverDialog({ deployment, onClose }: { deployment: string; onClose: () => void }) {
  const view = useQuery(queries.takeOver(deployment));
  const cancel = useRef<HTMLButtonElement>(null);
  const takeOver = useMutation({
    mutationFn: (operation: string) => backend.takeOver(deployment, operation),
    onSuccess: onClose,
  });
  return (
    <Dialog
      title={`Take over the interrupted operation of ${deployment}?`}
      onClose={onClose}
      initialFocus={cancel}
      foot={
        <>
          <CopyCommand deployment={deployment} command={{ action: 'resume' }} />
          <span className="flex-1" />
          <Button ref={cancel} onClick={onClose}>
            Cancel
          </Button>
          <Button
            look="primary"
            icon={ArrowRightLeft}
            disabled={!view.data || takeOver.isPending}
            focusableWhenDisabled
            onClick={() => view.data && takeOver.mutate(view.data.operation)}
          >
            Take over
          </Button>
        </>
      }
    >
      <Loaded query={view} snug>
        {(view) => <Meaning view={view} />}
      </Loaded>
      {takeOver.error ? <ErrorNotice error={takeOver.error} deployment={deployment} /> : null}
    </Dialog>
  );
}

function Meaning({ view: { kind, host, started_at, places, effects } }: { view: TakeOverView }) {
  return (
    <>
      <p>
        {operationWords[kind].name} was interrupted on <strong>{host}</strong>. It started{' '}
        <Ago at={started_at} />.
      </p>
      <ul className="flex flex-col gap-2">
        {places.map((place) => (
          <Place key={place.environment} place={place} />
        ))}
      </ul>
      <ul className="flex list-disc flex-col gap-1 pl-5 text-soft">
        {effects.map((effect) => (
          <li key={effect}>{effect}</li>
        ))}
      </ul>
    </>
  );
}

function Place({ place }: { place: TakeOverPlace }) {
  const { environment, target, region, account, profile, identity } = place;
  return (
    <li className="rounded-lg border px-3 py-2">
      <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <strong className="font-medium">{environment}</strong>
        <TargetChip target={target} />
        <span className="text-soft">
          {region}, account <span className="font-mono text-sm">{account}</span>
        </span>
        {target === 'aws' ? <span className="text-soft">{credentials(profile)}</span> : null}
      </span>
      {identity ? <span className="mt-1 block font-mono text-sm break-all">{identity}</span> : null}
    </li>
  );
}
