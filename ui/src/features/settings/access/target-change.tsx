import type { Target } from '@/api/backend';
import { Notice } from '@/components/notice';

/** What it means that an environment moves. */
export function TargetChange({ environment, from, to }: { environment: string; from: Target; to: Target }) {
  if (from === to) return null;
  if (to === 'aws') {
    return (
      <Notice
        tone="warn"
        title={`${environment} becomes real: what is deployed from then on is on AWS, and costs`}
      >
        Its stacks in the sandbox stay there and are not moved. The next deploy makes every stack on AWS.
      </Notice>
    );
  }
  return (
    <Notice tone="warn" title={`${environment} goes back to the sandbox; nothing on AWS is deleted`}>
      What is deployed on AWS stays there and goes on costing, and Skydeck does not look at it until the
      target is AWS again. To have it removed, cancel this and destroy {environment} first. The next deploy
      makes every stack in the sandbox.
    </Notice>
  );
}
