/** What a change keeps of a resource that its stack gives up. */
import type { ResourceChange } from '@/api/backend';

export function keptWords({ action, snapshot }: ResourceChange): string {
  if (snapshot) return 'a snapshot is taken';
  return action === 'remove' ? 'retained' : 'the old one is retained';
}

export function keptTitle({ snapshot }: ResourceChange): string {
  return snapshot
    ? 'CloudFormation takes a snapshot of it before it is deleted'
    : 'It stays in the account and no longer belongs to a stack';
}
