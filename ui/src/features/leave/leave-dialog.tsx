import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { backend } from '@/api/backend';
import { queries } from '@/api/queries';
import { Button } from '@/components/controls/button';
import { Dialog } from '@/components/frame/dialog';
import { ProgressBar } from '@/components/progress-bar';
import { count } from '@/format';

/** Whether the app ends although something runs: what that is, and what becomes of it. */
export function LeaveDialog({ onClose }: { onClose: () => void }) {
  const { data: underway } = useQuery(queries.underway());
  const over = underway?.length === 0;
  const stay = useRef<HTMLButtonElement>(null);

  // It ended while the question stood: there is nothing to ask any more, and the end is still wanted.
  useEffect(() => {
    if (!over) return;
    onClose();
    void backend.leave('asking');
  }, [over, onClose]);

  return (
    <Dialog
      title={`Quit while ${count(underway?.length ?? 1, 'operation is running', 'operations are running')}?`}
      onClose={onClose}
      initialFocus={stay}
      foot={
        <>
          <Button look="danger" onClick={() => void backend.leave('now')}>
            Quit now
          </Button>
          <span className="flex-1" />
          <Button ref={stay} onClick={onClose}>
            Stay
          </Button>
          <Button
            look="primary"
            onClick={() => {
              onClose();
              void backend.leave('when_done');
            }}
          >
            Finish in the background, then quit
          </Button>
        </>
      }
    >
      <ul className="flex flex-col gap-2.5">
        {underway?.map(({ operation, title, done, total }) => (
          <li key={operation}>
            <span className="flex justify-between gap-4">
              <span className="min-w-0 break-words">{title}</span>
              <span className="shrink-0 text-soft">
                {done} of {count(total, 'stack')}
              </span>
            </span>
            <ProgressBar label={title} done={done} total={total} />
          </li>
        ))}
      </ul>
      <p className="text-soft">
        If you quit now, CloudFormation goes on with the stacks that are under way, and nothing further
        starts. Skydeck takes the operation up when you look at its deployment again; Resume then goes on from
        there.
      </p>
      <p className="text-soft">
        In the background everything is finished first. The window comes back if something goes wrong or waits
        for you.
      </p>
    </Dialog>
  );
}
