import { useMutation } from '@tanstack/react-query';
import { LogIn } from 'lucide-react';
import { backend, type OperationView, type Pause } from '@/api/backend';
import { CommandLine } from '@/components/command-line';
import { Button } from '@/components/controls/button';
import { ErrorNotice, Notice } from '@/components/notice';
import { sentence } from '@/format';

/** The environments of an operation that wait for a login. */
export function Pauses({ view: { id, pauses } }: { view: OperationView }) {
  const resume = useMutation({ mutationFn: () => backend.resumeOperation(id) });
  if (pauses.length === 0) return null;
  return (
    <div data-testid="pauses" className="flex flex-col gap-2 px-4 pb-3">
      {pauses.map((pause) => (
        <Waiting
          key={pause.environment}
          pause={pause}
          trying={resume.isPending}
          onResume={() => resume.mutate()}
        />
      ))}
      {resume.error ? <ErrorNotice error={resume.error} /> : null}
    </div>
  );
}

function Waiting({
  pause: { environment, reason, command },
  trying,
  onResume,
}: {
  pause: Pause;
  trying: boolean;
  onResume: () => void;
}) {
  return (
    <Notice urgent tone="warn" title={`Waiting for a login in ${environment}`}>
      <p>{sentence(reason)}</p>
      {command ? (
        <div className="my-2">
          <CommandLine command={command} label="Copy command" />
        </div>
      ) : null}
      <p>Skydeck tries by itself from time to time. Nothing is marked as failed meanwhile.</p>
      <div className="mt-2">
        <Button size="small" icon={LogIn} disabled={trying} focusableWhenDisabled onClick={onResume}>
          {trying ? 'Trying…' : 'I have logged in: go on'}
        </Button>
      </div>
    </Notice>
  );
}
