import { KeyRound, RotateCcw, SkipForward } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { showDialog } from '@/actions/dialogs';
import { askFor, question, wordsOf } from '@/actions/operations';
import { BackendError, type Pace, type Request } from '@/api/backend';
import { Button } from '@/components/controls/button';
import { TopBar } from '@/components/frame/top-bar';
import { ErrorNotice, Notice } from '@/components/notice';
import { ProblemList } from '@/components/problem-list';
import { deploymentRoute, href, navigate, wholeList } from '@/router';
import { ConfirmBar } from './confirm-bar';
import { Layers } from './layers';
import { Skeleton } from './skeleton';
import { Summary } from './summary';
import { useReview } from './use-review';

/** Screen 4: what an operation would change, and the question whether it may start. */
export function ReviewScreen({ deployment, request }: { deployment: string; request: Request }) {
  const { view, error, start, again } = useReview(deployment, request);
  const title = useRef<HTMLHeadingElement>(null);
  const failure = error ?? start.error;
  const { environment } = request;

  useEffect(() => title.current?.focus(), []);

  function begin(pace: Pace, keepGoing: boolean) {
    // Whoever has left by then is not brought back.
    start.mutate(
      { pace, keepGoing },
      { onSuccess: (operation) => navigate(deploymentRoute(deployment, operation), 'replace') },
    );
  }

  return (
    <>
      <TopBar
        crumbs={[
          { label: 'Deployments', href: href(wholeList) },
          { label: deployment, href: href(deploymentRoute(deployment)) },
          { label: 'Review' },
        ]}
      />
      <main
        data-testid="review"
        data-done={view?.done ?? false}
        className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto p-4"
      >
        <div>
          <h2
            ref={title}
            tabIndex={-1}
            className="text-xl font-semibold text-balance break-words outline-none"
          >
            {question(deployment, request)}
          </h2>
          <p className="mt-1 text-soft">{wordsOf(request).lead}</p>
        </div>
        {failure || view?.problem || view?.outdated ? (
          <div className="flex flex-col items-start gap-2">
            <div className="w-full">
              {failure ? (
                <ErrorNotice error={failure} deployment={deployment} />
              ) : view?.problem ? (
                <Notice urgent tone="bad" title={view.problem} />
              ) : (
                <Notice urgent tone="warn" title="The deployment’s files were changed since this review." />
              )}
            </div>
            <div className="flex flex-wrap gap-2">
              <Button icon={RotateCcw} onClick={again}>
                Review again
              </Button>
              {request.kind === 'deploy-stack' && !request.skip_dependencies && isForbidden(failure) ? (
                <Button
                  icon={SkipForward}
                  title="Deploy it even where a stack that it needs is not deployed"
                  onClick={() => askFor(deployment, { ...request, skip_dependencies: true })}
                >
                  Skip dependencies
                </Button>
              ) : null}
              {environment && wantsOtherAccess(failure) ? (
                <Button
                  icon={KeyRound}
                  onClick={() => showDialog({ dialog: 'access', deployment, environment })}
                >
                  {`Access of ${environment}…`}
                </Button>
              ) : null}
            </div>
          </div>
        ) : null}
        {view && view.plan.foreseen.length > 0 ? (
          <Notice tone="bad" title="Some stacks are known to fail">
            Correct this and review again, or deploy the other stacks only.
            <ProblemList problems={view.plan.foreseen} deployment={deployment} />
          </Notice>
        ) : null}
        {view ? (
          <>
            <Summary view={view} />
            <Layers deployment={deployment} view={view} />
          </>
        ) : failure ? null : (
          <>
            <p role="status" className="text-soft">
              Planning…
            </p>
            <div className="flex flex-col rounded-lg border bg-surface">
              <Skeleton />
              <Skeleton />
              <Skeleton />
            </div>
          </>
        )}
      </main>
      <ConfirmBar
        deployment={deployment}
        request={request}
        view={view}
        starting={start.isPending}
        onConfirm={begin}
      />
    </>
  );
}

/** Whether the state of the stacks stands in the way. */
function isForbidden(error: Error | null): boolean {
  return error instanceof BackendError && error.code === 'precondition';
}

/** Whether another profile or account would help. */
function wantsOtherAccess(error: Error | null): boolean {
  return error instanceof BackendError && ['credentials', 'wrong_account'].includes(error.code);
}
