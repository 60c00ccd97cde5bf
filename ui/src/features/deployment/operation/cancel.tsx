import { useMutation } from '@tanstack/react-query';
import { Ban } from 'lucide-react';
import { useState } from 'react';
import { backend, type Event, type OperationView } from '@/api/backend';
import { Button } from '@/components/controls/button';
import { Confirm } from '@/components/frame/confirm';
import { ErrorNotice } from '@/components/notice';
import { count } from '@/format';

const useCancel = ({ id, start }: OperationView) =>
  useMutation({
    mutationFn: (runningToo: boolean) => backend.cancelOperation(start.deployment_id, id, runningToo),
  });

/** The first step: no further stack starts. Once it is done the button stays in its place, so that nothing else comes there. */
export function CancelButton({ view }: { view: OperationView }) {
  const cancel = useCancel(view);
  return (
    <>
      {cancel.error ? (
        <span role="alert" className="text-sm text-bad">
          {cancel.error.message}
        </span>
      ) : null}
      <Button
        size="small"
        icon={Ban}
        disabled={cancel.isPending || view.cancel_requested}
        focusableWhenDisabled
        title={view.cancel_requested ? undefined : 'Start no further stack; what runs goes on to its end'}
        onClick={() => cancel.mutate(false)}
      >
        {view.cancel_requested ? 'Cancel requested' : 'Cancel'}
      </Button>
    </>
  );
}

/** The second step, in a place of its own: what runs is cancelled as well, once that is confirmed. */
export function CancelRunning({ view, events }: { view: OperationView; events: Event[] }) {
  const cancel = useCancel(view);
  const [asking, ask] = useState(false);
  const running = view.stacks.filter(({ phase }) => phase === 'running').map(({ key }) => key);
  const requested = events.some((event) => event.event === 'cancel_requested' && event.running_too);
  if (!view.cancel_requested) return null;
  const many = count(running.length, 'stack');
  return (
    <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1">
      <p className="text-soft">
        {requested
          ? 'Cancelling the running stacks, too. An update is rolled back; a stack that is created or deleted goes on to its end.'
          : running.length > 0
            ? `No further stack starts. ${many} ${running.length === 1 ? 'goes' : 'go'} on to ${running.length === 1 ? 'its' : 'their'} end.`
            : 'No further stack starts.'}
      </p>
      {requested || running.length === 0 ? null : (
        <Button size="small" disabled={cancel.isPending} focusableWhenDisabled onClick={() => ask(true)}>
          Cancel running stacks too…
        </Button>
      )}
      {cancel.error ? <ErrorNotice error={cancel.error} /> : null}
      {/* What has ended meanwhile is not to be asked about. */}
      {asking && running.length > 0 && !requested ? (
        <Confirm
          title={`Cancel the ${running.length === 1 ? 'stack that is running' : `${running.length} stacks that are running`}?`}
          stay={running.length === 1 ? 'Let it finish' : 'Let them finish'}
          confirm={`Cancel ${many}`}
          icon={Ban}
          onStay={() => ask(false)}
          onConfirm={() => {
            ask(false);
            cancel.mutate(true);
          }}
        >
          <p>
            CloudFormation cancels an update and rolls it back. It cannot cancel a create or a delete: those
            go on to their end.
          </p>
          <ul aria-label="Running stacks" className="list-disc pl-4">
            {running.map(({ stack, environment }) => (
              <li key={`${stack} ${environment}`} className="break-words">
                <span className="font-medium text-ink">{stack}</span> in {environment}
              </li>
            ))}
          </ul>
        </Confirm>
      ) : null}
    </div>
  );
}
