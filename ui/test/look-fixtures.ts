/** Looks at CloudFormation as the backend tells of them: a refresh that mended something, drift in every form. */
import type { Drift, Event, EventKind, OperationKind, StackKey } from '@/api/backend';
import { log } from './fixtures';

const key = (stack: string): StackKey => ({ stack, environment: 'dev' });

/** One resource changed, in short and in long, and one gone. */
export const queueDrift: Drift = {
  status: 'drifted',
  reason: null,
  resources: [
    {
      logical_id: 'Queue',
      physical_id: 'https://sqs.us-east-1.amazonaws.com/000000000000/DX6604E-messaging-dev-Queue',
      resource_type: 'AWS::SQS::Queue',
      status: 'modified',
      differences: [
        { path: '/VisibilityTimeout', expected: '60', actual: '300', difference: 'not_equal' },
        { path: '/Tags/0', expected: null, actual: '{"Key":"owner","Value":"ana"}', difference: 'add' },
        {
          path: '/RedrivePolicy',
          expected: JSON.stringify({
            maxReceiveCount: 5,
            deadLetterTargetArn: `arn:aws:sqs:${'x'.repeat(240)}`,
          }),
          actual: null,
          difference: 'remove',
        },
      ],
    },
    {
      logical_id: 'DeadLetterQueue',
      physical_id: 'DX6604E-messaging-dev-DeadLetterQueue',
      resource_type: 'AWS::SQS::Queue',
      status: 'deleted',
    },
  ],
};

const looked = (kind: OperationKind, found: EventKind[]): Event[] =>
  log(
    [
      {
        event: 'operation_started',
        deployment_id: 'DX6604E',
        kind,
        environments: ['dev'],
        stacks: [],
        status_before: 'initialized',
        by: { user: 'ana', host: 'workstation', pid: 4711, front_end: 'app', version: '0.1.0' },
      },
      ...found,
      { event: 'operation_ended', outcome: 'succeeded', deployment_status: 'initialized' },
    ],
    `op-${kind}`,
  );

export const lookLogs: Record<string, Event[]> = {
  'op-refresh': looked('refresh', [
    {
      event: 'mended',
      key: key('security'),
      from: 'deployed',
      to: 'deployed',
      why: 'it was changed outside Skydeck',
    },
    {
      event: 'mended',
      key: key('roles'),
      from: 'failed',
      to: 'deployed',
      why: 'CloudFormation shows UPDATE_COMPLETE',
    },
  ]),
  'op-drift': looked('drift', [
    {
      event: 'drift_detected',
      key: key('network'),
      drift: { status: 'in_sync', reason: null, resources: [] },
    },
    {
      event: 'drift_detected',
      key: key('storage'),
      drift: { status: 'unknown', reason: '1 resource of a type that cannot be compared', resources: [] },
    },
    { event: 'drift_detected', key: key('messaging'), drift: queueDrift },
    {
      event: 'drift_detected',
      key: key('monitoring'),
      drift: {
        status: 'not_checked',
        reason: 'CloudFormation compares no stack in UPDATE_ROLLBACK_FAILED',
        resources: [],
      },
    },
  ]),
};
