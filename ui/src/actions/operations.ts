/** The operations as the user meets them: one row each, for buttons, menus and the review. */
import { CloudUpload, Diff, type LucideIcon, RefreshCw, Trash2, Upload, Wrench } from 'lucide-react';
import type { OperationKind, Repair, Request } from '@/api/backend';
import { navigate } from '@/router';

export type OperationWords = {
  /** The operation's name, in a history or a headline. */
  name: string;
  /** What is done, in the confirming button before the count: 'Deploy 5 stacks'. */
  verb: string;
  icon: LucideIcon;
  /** Whether something is lost: the deployment's id has to be typed. */
  destructive: boolean;
  /** What happens, in a sentence or two. */
  lead: string;
};

export const operationWords: Record<OperationKind, OperationWords> = {
  deploy: {
    name: 'Deploy',
    verb: 'Deploy',
    icon: CloudUpload,
    destructive: false,
    lead: 'Every enabled stack is created or updated, each as soon as the stacks that it needs are done.',
  },
  'deploy-stack': {
    name: 'Deploy stack',
    verb: 'Deploy',
    icon: Upload,
    destructive: false,
    lead: 'Only this stack is created or updated. The deployment’s own status stays as it is.',
  },
  destroy: {
    name: 'Destroy',
    verb: 'Destroy',
    icon: Trash2,
    destructive: true,
    lead: 'These stacks and what they contain are deleted, in this order. This cannot be undone.',
  },
  'destroy-stack': {
    name: 'Destroy stack',
    verb: 'Destroy',
    icon: Trash2,
    destructive: true,
    lead: 'This stack and what it contains is deleted. The deployment’s own status stays as it is. This cannot be undone.',
  },
  'repair-stack': {
    name: 'Repair stack',
    verb: 'Repair',
    icon: Wrench,
    destructive: false,
    lead: 'Only this stack is touched. The deployment’s own status stays as it is.',
  },
  refresh: {
    name: 'Refresh',
    verb: 'Refresh',
    icon: RefreshCw,
    destructive: false,
    lead: 'CloudFormation is asked how every stack stands. No stack is touched.',
  },
  drift: {
    name: 'Drift detection',
    verb: 'Detect the drift of',
    icon: Diff,
    destructive: false,
    lead: 'CloudFormation compares every stack with its template. No stack is touched.',
  },
};

/** Whether an operation only asked CloudFormation: it touched no stack. */
export const looksOnly = (kind: OperationKind) => kind === 'refresh' || kind === 'drift';

/** What each repair asks, and what it does. */
const repairs: Record<Repair['way'], { ask: string; verb: string; lead: string }> = {
  continue_rollback: {
    ask: 'Continue the rollback of',
    verb: 'Continue the rollback',
    lead: 'CloudFormation goes on with the rollback that failed. Resources that are skipped stay as they are now, and may differ from the template.',
  },
  roll_back: {
    ask: 'Roll back',
    verb: 'Roll back',
    lead: 'CloudFormation brings the stack back to the last version that stood.',
  },
  discard_review: {
    ask: 'Discard the unexecuted change sets of',
    verb: 'Discard change sets',
    lead: 'Change sets that were never executed are deleted, with the empty stack around them. No resource is touched.',
  },
  unprotect: {
    ask: 'Switch off the termination protection of',
    verb: 'Switch protection off',
    lead: 'Nothing is deleted now, but from then on the stack can be.',
  },
};

/** The words of a request: those of its operation, and of a repair those of its way. */
export function wordsOf(request: Request): OperationWords {
  const words = operationWords[request.kind];
  return request.kind === 'repair-stack' ? { ...words, ...repairs[request.repair.way] } : words;
}

/** Asks for an operation: it starts only once the user has seen the review and said yes. */
export function askFor(deployment: string, request: Request): void {
  navigate({ page: 'review', id: deployment, request });
}

/** The question that the review asks. */
export function question(deployment: string, request: Request): string {
  switch (request.kind) {
    case 'deploy':
      return `Deploy ${deployment} to ${request.environment}?`;
    case 'deploy-stack':
      return `Deploy ${request.stack} of ${deployment} to ${request.environment}?`;
    case 'destroy':
      return request.environment === null
        ? `Destroy ${deployment} in all environments?`
        : `Destroy everything of ${deployment} in ${request.environment}?`;
    case 'destroy-stack':
      return `Destroy ${request.stack} of ${deployment} in ${request.environment}?`;
    case 'repair-stack':
      return `${repairs[request.repair.way].ask} ${request.stack} of ${deployment} in ${request.environment}?`;
  }
}
