import { operationWords } from '@/actions/operations';
import type { Event } from '@/api/backend';
import { count } from '@/format';
import { deploymentLooks, look, operationLooks, outcomeLooks, type Tone } from '@/status/statuses';

/** One line of the event list. */
export type Line = { stack: string; text: string; detail: string; tone: Tone };

const actions = { create: 'create', update: 'update', recreate: 'delete and create anew', delete: 'delete' };

/** An event in words. */
export function describe(event: Event): Line {
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
    case 'resource':
      return {
        stack: event.key.stack,
        text: event.status,
        detail: [event.logical_id, event.reason].filter(Boolean).join(': '),
        tone: resourceTone(event.status),
      };
    case 'stack_ended': {
      const { word, tone } = look(outcomeLooks, event.outcome);
      return { stack: event.key.stack, text: word, detail: event.reason ?? '', tone };
    }
    case 'cancel_requested':
      return {
        stack: '',
        text: 'Cancel requested',
        detail: event.running_too ? 'what runs is called off, too' : 'nothing further starts',
        tone: 'warn',
      };
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
