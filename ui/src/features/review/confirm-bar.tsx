import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { wordsOf } from '@/actions/operations';
import { backend, type Pace, type Request, type ReviewView } from '@/api/backend';
import { Button, buttonClass } from '@/components/controls/button';
import { CheckField } from '@/components/controls/check-field';
import { CopyCommand } from '@/components/controls/copy-command';
import { Select } from '@/components/controls/select';
import { keepsClear } from '@/components/frame/foot';
import { ErrorNotice } from '@/components/notice';
import { count } from '@/format';
import { deploymentRoute, href } from '@/router';
import { confirms, TypedId } from './typed-id';

/** How many stacks may be worked on at once: some usual numbers, and the one that holds anyway. */
const atOnce = (usual: number) =>
  [...new Set([1, 2, 4, 8, 16, 32, usual])]
    .sort((a, b) => a - b)
    .map((many) => ({ value: String(many), label: `${many} at once` }));

/** The answer to the review: start it, leave it, or take it along as a command. */
export function ConfirmBar({
  deployment,
  request,
  view,
  starting,
  onConfirm,
}: {
  deployment: string;
  request: Request;
  view: ReviewView | undefined;
  starting: boolean;
  onConfirm: (pace: Pace, keepGoing: boolean) => void;
}) {
  const [typed, setTyped] = useState('');
  const [stop_on_failure, setStop] = useState(false);
  const [keepGoing, keep] = useState(false);
  const [chosen, choose] = useState<number | null>(null);
  const pace = { parallel: chosen ?? view?.parallel ?? null, stop_on_failure };
  // How long it usually takes depends on it, so the review is told; and so is the next one.
  const { mutate: reckonWith, error: notReckoned } = useMutation({
    mutationFn: ({ review, parallel }: { review: string; parallel: number }) =>
      backend.paceReview(review, parallel),
  });
  const { id: review, parallel: reckoned } = view ?? {};
  useEffect(() => {
    if (review && chosen !== null && chosen !== reckoned) reckonWith({ review, parallel: chosen });
  }, [review, reckoned, chosen, reckonWith]);
  const { verb, icon, destructive } = wordsOf(request);
  const done = Boolean(view?.done && !view.problem && !view.outdated);
  // A repair is of one stack, and no change set counts it.
  const counts = done && request.kind !== 'repair-stack' && view !== undefined;
  const { blocked, changing: moving } = counts ? view : { blocked: 0, changing: 0 };
  const nothing = counts && moving === 0;
  const mustType = view?.grave ?? false;
  const note =
    blocked > 0
      ? `${count(blocked, 'stack is', 'stacks are')} blocked and will fail; those that need ${blocked === 1 ? 'it' : 'them'} are skipped.`
      : nothing
        ? `Nothing to ${verb.toLowerCase()}: everything is as wanted.`
        : null;
  const knownToFail = (view?.plan.foreseen.length ?? 0) > 0;
  const ready =
    done && !starting && (!knownToFail || keepGoing) && (!mustType || confirms(typed, deployment));
  return (
    <footer ref={keepsClear} className="border-t bg-surface px-4 py-2.5">
      <form
        aria-label="Confirm"
        className="flex flex-wrap items-end justify-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) onConfirm(pace, keepGoing);
        }}
      >
        {note ? <p className="w-full text-soft">{note}</p> : null}
        {notReckoned ? (
          <div className="w-full">
            <ErrorNotice error={notReckoned} />
          </div>
        ) : null}
        <div className="mr-auto flex h-8 flex-wrap items-center gap-x-4">
          <CopyCommand deployment={deployment} command={{ action: 'run', request, pace }} />
          {/* One stack alone has none after it. */}
          {'stack' in request || view === undefined ? null : (
            <>
              <Select
                label="Stacks at once"
                value={String(pace.parallel)}
                choices={atOnce(view.usual_parallel)}
                onChange={(many) => choose(Number(many))}
              />
              <span title="What runs then goes on to its end; nothing further starts">
                <CheckField label="Stop at the first failure" checked={stop_on_failure} onChange={setStop} />
              </span>
            </>
          )}
        </div>
        {knownToFail ? (
          <div className="flex h-8 items-center">
            <CheckField label="Deploy the other stacks all the same" checked={keepGoing} onChange={keep} />
          </div>
        ) : null}
        {/* It stays together: where there is no room beside the options, all of it goes below them. */}
        <div className="flex items-end gap-2">
          {mustType ? <TypedId id={deployment} value={typed} onChange={setTyped} /> : null}
          <a href={href(deploymentRoute(deployment))} className={buttonClass('secondary', 'normal')}>
            Cancel
          </a>
          <Button
            type="submit"
            look={destructive ? 'danger' : 'primary'}
            icon={icon}
            disabled={!ready}
            focusableWhenDisabled
          >
            {nothing ? `${verb} anyway` : counts ? `${verb} ${count(moving, 'stack')}` : verb}
          </Button>
        </div>
      </form>
    </footer>
  );
}
