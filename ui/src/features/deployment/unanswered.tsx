import { RotateCcw } from 'lucide-react';
import { type Asking, isLastKnown, useDriftDetection, useRefresh } from '@/actions/ask-cloudformation';
import { Button } from '@/components/controls/button';
import { ErrorNotice } from '@/components/notice';

/**
 * Why CloudFormation did not tell how the stacks of an environment stand, or of all (`null`), and what to do.
 * `checkedAt`: when it last told, of each environment that it was asked for.
 */
export function Unanswered({
  deployment,
  environment,
  checkedAt,
}: {
  deployment: string;
  environment: string | null;
  checkedAt: (string | null)[];
}) {
  const refresh = useRefresh(deployment, environment);
  return <Failed question={refresh} lastKnown={checkedAt.some((at) => isLastKnown(refresh, at))} />;
}

/** Why the stacks of an environment could not be compared with their templates. */
export function NotCompared({ deployment, environment }: { deployment: string; environment: string }) {
  return <Failed question={useDriftDetection(deployment, environment, null)} lastKnown={false} />;
}

function Failed<Answer>({ question, lastKnown }: { question: Asking<Answer>; lastKnown: boolean }) {
  const { error, ask } = question;
  if (!error) return null;
  return (
    <ErrorNotice error={error}>
      {lastKnown ? <p>What is shown is how the stacks stood when CloudFormation last answered.</p> : null}
      <div className="mt-2">
        <Button size="small" icon={RotateCcw} onClick={() => ask()}>
          Try again
        </Button>
      </div>
    </ErrorNotice>
  );
}
