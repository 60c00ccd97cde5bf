import { RotateCw } from 'lucide-react';
import { askFor, operationWords } from '@/actions/operations';
import type { OperationView, Request } from '@/api/backend';
import { Button } from '@/components/controls/button';

/** Goes on from where the operation ended; what is as wanted is not touched again. */
export function AgainButton({
  view,
  request,
  first,
}: {
  view: OperationView;
  request: Request;
  /** Whether it is what helps first. */
  first: boolean;
}) {
  return (
    <Button
      size="small"
      look={first ? 'primary' : 'secondary'}
      icon={RotateCw}
      title={`Review what is left, then ${operationWords[request.kind].verb.toLowerCase()} it; what is as wanted is not touched`}
      onClick={() => askFor(view.start.deployment_id, request)}
    >
      {view.interrupted ? 'Resume' : 'Try again'}
    </Button>
  );
}
