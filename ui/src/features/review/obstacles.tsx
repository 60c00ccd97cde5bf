import { ShieldOff } from 'lucide-react';
import { askFor } from '@/actions/operations';
import type { Obstacle, StackReview } from '@/api/backend';
import { Button } from '@/components/controls/button';
import { Notice } from '@/components/notice';
import { listed } from '@/format';

/** What will keep CloudFormation from deleting a stack. */
export function Obstacles({ deployment, review }: { deployment: string; review: StackReview }) {
  return review.obstacles.map((obstacle) => (
    <Notice key={words(obstacle)} tone="warn" title={words(obstacle)}>
      {obstacle.obstacle === 'protected' ? (
        <Button
          size="small"
          icon={ShieldOff}
          onClick={() =>
            askFor(deployment, { kind: 'repair-stack', ...review.key, repair: { way: 'unprotect' } })
          }
        >
          Switch protection off…
        </Button>
      ) : null}
    </Notice>
  ));
}

function words(obstacle: Obstacle): string {
  switch (obstacle.obstacle) {
    case 'protected':
      return 'Termination protection is on: CloudFormation will refuse to delete this stack.';
    case 'imported':
      return `${listed(obstacle.by)} ${obstacle.by.length === 1 ? 'imports' : 'import'} its export ${obstacle.export}.`;
    case 'not_empty':
      return `The bucket ${obstacle.bucket} (${obstacle.logical_id}) is not empty.`;
  }
}
