import { useMutation } from '@tanstack/react-query';
import { Check, SkipForward } from 'lucide-react';
import { type Approval, backend, type OperationView } from '@/api/backend';
import { Dangers } from '@/components/changes/dangers';
import { StackChanges } from '@/components/changes/stack-changes';
import { Button } from '@/components/controls/button';
import { Disclosure } from '@/components/controls/disclosure';
import { ErrorNotice, Notice } from '@/components/notice';
import { keyName } from '@/format';

/** The stacks of an operation whose changes are not what was reviewed: each waits for an answer. */
export function Approvals({ view }: { view: OperationView }) {
  const waiting = view.stacks.flatMap(({ approval }) => approval ?? []);
  if (waiting.length === 0) return null;
  return (
    <div data-testid="approvals" className="flex flex-col gap-2 px-4 pb-3">
      {waiting.map((approval) => (
        <Question key={keyName(approval.review.key)} operation={view.id} approval={approval} />
      ))}
    </div>
  );
}

function Question({
  operation,
  approval: { review, differences },
}: {
  operation: string;
  approval: Approval;
}) {
  const { stack, environment } = review.key;
  const answer = useMutation({
    mutationFn: (approved: boolean) => backend.answerApproval(operation, review.key, approved),
  });
  return (
    <Notice
      urgent
      tone="warn"
      title={`${stack} in ${environment} would change in a way that was not reviewed`}
    >
      <ul aria-label="What differs" className="list-disc pl-4">
        {differences.map(({ logical_id, what }) => (
          <li key={`${logical_id} ${what}`} className="break-words">
            <span className="font-mono text-sm text-ink">{logical_id}</span> {what}
          </li>
        ))}
      </ul>
      <div className="my-2 rounded-md border bg-surface text-ink">
        <Disclosure quiet head={<span>All changes of {stack}</span>}>
          <div className="flex flex-col gap-3 border-t p-3">
            <StackChanges review={review} />
          </div>
        </Disclosure>
      </div>
      {review.danger === 'loses_data' ? (
        <div className="mb-2">
          <Dangers stacks={[review]} several={false} />
        </div>
      ) : null}
      {answer.error ? <ErrorNotice error={answer.error} /> : null}
      <div className="flex flex-wrap gap-2">
        <Button
          size="small"
          icon={Check}
          disabled={answer.isPending}
          focusableWhenDisabled
          onClick={() => answer.mutate(true)}
        >
          Go on with these changes
        </Button>
        <Button
          size="small"
          icon={SkipForward}
          disabled={answer.isPending}
          focusableWhenDisabled
          onClick={() => answer.mutate(false)}
        >
          {`Leave ${stack} out`}
        </Button>
      </div>
    </Notice>
  );
}
