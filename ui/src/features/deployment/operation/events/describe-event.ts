import { operationWords } from '@/actions/operations';
import type { Event, OperationKind, StackAction } from '@/api/backend';
import { count } from '@/format';
import {
  deploymentLooks,
  driftLook,
  look,
  operationLooks,
  partLook,
  stackLooks,
  type Tone,
} from '@/status/statuses';

/** One line of the event list. */
export type Line = { stack: string; text: string; detail: string; tone: Tone };

const actions: Record<StackAction, string> = {
  create: 'create',
  update: 'update',
  recreate: 'delete and create anew',
  delete: 'delete',
  repair: 'repair',
};

/** An event of an operation of that kind, in words. */
export function describe(event: Event, kind: OperationKind): Line {
  switch (event.event) {
    case 'operation_started':
      return {
        stack: '',
        text: `${operationWords[event.kind].name} started`,
        detail: `${count(event.stacks.length, 'stack')} in ${event.environments.join(', ')}`,
        tone: 'busy',
      };
    case 'stack_started':
      return {
        stack: event.key.stack,
        text: `Started: ${actions[event.action]}`,
        detail: event.resources === null ? '' : count(event.resources, 'resource'),
        tone: 'busy',
      };
    case 'change_set_executed':
      return {
        stack: event.key.stack,
        text: 'Change set executed',
        detail: count(event.resources, 'resource'),
        tone: 'busy',
      };
    case 'resource':
      return {
        stack: event.key.stack,
        text: event.status,
        detail: [event.logical_id, event.reason].filter(Boolean).join(': '),
        tone: resourceTone(event.status),
      };
    case 'stack_ended': {
      const { word, tone } = partLook(kind, event.outcome);
      return { stack: event.key.stack, text: word, detail: event.reason ?? '', tone };
    }
    case 'cancel_requested':
      return {
        stack: '',
        text: 'Cancel requested',
        detail: [
          event.running_too ? 'what runs is called off, too' : 'nothing further starts',
          event.by && `asked for by ${event.by.user}@${event.by.host} with ${event.by.front_end}`,
        ]
          .filter(Boolean)
          .join('; '),
        tone: 'warn',
      };
    case 'taken_up':
      return {
        stack: '',
        text: 'Taken up',
        detail: `its program had ended before it; ${event.by.user}@${event.by.host} goes on from there`,
        tone: 'warn',
      };
    case 'reviewed':
      return {
        stack: '',
        text: 'Approved as reviewed',
        detail: count(event.stacks.length, 'stack'),
        tone: 'ok',
      };
    case 'approval_needed':
      return {
        stack: event.review.key.stack,
        text: 'Waits for your answer',
        detail: event.differences.map(({ logical_id, what }) => `${logical_id}: ${what}`).join('; '),
        tone: 'warn',
      };
    case 'approval_given':
      return {
        stack: event.key.stack,
        text: event.approved ? 'Goes on with these changes' : 'Left out',
        detail: '',
        tone: event.approved ? 'ok' : 'idle',
      };
    case 'paused':
      return {
        stack: '',
        text: 'Waits for a login',
        detail: `${event.environment}: ${event.reason}`,
        tone: 'warn',
      };
    case 'resumed':
      return {
        stack: '',
        text: 'Goes on',
        detail: `${event.environment}: the login holds again`,
        tone: 'ok',
      };
    case 'mended':
      return {
        stack: event.key.stack,
        text: `${look(stackLooks, event.from).word} → ${look(stackLooks, event.to).word}`,
        detail: event.why,
        tone: 'warn',
      };
    case 'drift_detected': {
      const { status, reason, resources } = event.drift;
      const { word, tone } = driftLook(status, resources.length);
      return {
        stack: event.key.stack,
        text: word,
        detail: [...resources.map(({ logical_id }) => logical_id), reason].filter(Boolean).join(', '),
        tone,
      };
    }
    case 'warning':
      return { stack: '', text: 'Warning', detail: event.message, tone: 'warn' };
    case 'operation_ended': {
      const { word, tone } = look(operationLooks, event.outcome);
      const status = look(deploymentLooks, event.deployment_status).word;
      return { stack: '', text: word, detail: `The deployment’s status: ${status}`, tone };
    }
  }
}

/** CloudFormation's status words by their endings. */
function resourceTone(status: string): Tone {
  if (status.endsWith('_FAILED')) return 'bad';
  if (status.includes('ROLLBACK')) return 'warn';
  return status.endsWith('_COMPLETE') ? 'ok' : 'busy';
}
