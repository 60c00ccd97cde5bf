/** The four operations as the user meets them: one row each, for buttons, menus and the dialog. */
import { CloudUpload, type LucideIcon, Trash2, Upload } from 'lucide-react';
import type { OperationKind, Request } from '@/api/backend';

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
};

/** The question that the confirming dialog asks. */
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
  }
}
