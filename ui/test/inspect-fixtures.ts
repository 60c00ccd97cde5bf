/** What is known of one stack, and of two environments side by side, as the backend sends it. */
import type {
  ComparisonView,
  DeploymentDetail,
  StackComparison,
  StackEvents,
  StackLog,
  StackParameters,
  StackResources,
  StackTemplate,
} from '@/api/backend';
import { cell, detail, environment, stack, summary } from './fixtures';

const asked_at = new Date(Date.now() - 15_000).toISOString();

export const resources: StackResources = {
  asked_at,
  resources: [
    {
      logical_id: 'Vpc',
      physical_id: 'vpc-0a1b2c3d4e5f67890',
      resource_type: 'AWS::EC2::VPC',
      status: 'CREATE_COMPLETE',
      reason: null,
      console:
        'https://console.aws.amazon.com/vpcconsole/home?region=us-east-1#VpcDetails:VpcId=vpc-0a1b2c3d4e5f67890',
    },
    {
      logical_id: 'FlowLogsRoleWithAVeryLongLogicalIdThatSomebodyLiked',
      physical_id: null,
      resource_type: 'AWS::IAM::Role',
      status: 'CREATE_FAILED',
      reason: 'Resource handler returned message: "not authorized to perform iam:CreateRole"',
      console: null,
    },
  ],
};

export const parameters: StackParameters = {
  asked_at,
  parameters: [
    {
      name: 'CidrBlock',
      deployed: '10.0.0.0/16',
      wanted: '10.1.0.0/16',
      source: { from: 'literal' },
      standing: 'differs',
    },
    {
      name: 'VpcId',
      deployed: 'vpc-0a1b2c3d4e5f67890',
      wanted: 'vpc-0a1b2c3d4e5f67890',
      source: { from: 'outputs', references: ['network.VpcId'] },
      standing: 'same',
    },
    {
      name: 'Password',
      deployed: '****',
      wanted: '****',
      source: { from: 'literal' },
      standing: 'hidden',
    },
    { name: 'Retired', deployed: 'yes', wanted: null, source: null, standing: 'gone' },
  ],
};

export const template: StackTemplate = {
  asked_at,
  deployed: 'Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n',
  file: 'stacks/network.yaml',
  problem: null,
  diff: {
    added: 2,
    removed: 1,
    cut: false,
    hunks: [
      [
        { side: 'both', old: 1, new: 1, text: 'Resources:' },
        { side: 'both', old: 2, new: 2, text: '  Queue:' },
        { side: 'old', old: 3, new: null, text: '    Type: AWS::SQS::Queue' },
        { side: 'new', old: null, new: 3, text: '    Type: AWS::SNS::Topic' },
        { side: 'new', old: null, new: 4, text: '    DeletionPolicy: Retain' },
      ],
    ],
  },
};

export const events: StackEvents = {
  asked_at,
  more: true,
  events: [
    {
      at: asked_at,
      logical_id: 'DX6604E-network-dev',
      resource_type: 'AWS::CloudFormation::Stack',
      status: 'UPDATE_ROLLBACK_IN_PROGRESS',
      reason: 'The following resource(s) failed to update: [Vpc].',
    },
    {
      at: asked_at,
      logical_id: 'Vpc',
      resource_type: 'AWS::EC2::VPC',
      status: 'UPDATE_FAILED',
      reason: 'No more room',
    },
  ],
};

export const stackLog: StackLog = {
  runs: [
    {
      operation: summary({ id: 'op0', outcome: 'partial' }),
      outcome: 'failed',
      reason: 'Vpc: No more room',
      seconds: 127,
    },
    {
      operation: summary({ id: 'op-a', kind: 'deploy-stack' }),
      outcome: 'succeeded',
      reason: null,
      seconds: 31,
    },
  ],
  events: [
    {
      at: asked_at,
      logical_id: 'Vpc',
      resource_type: 'AWS::EC2::VPC',
      status: 'CREATE_COMPLETE',
      reason: null,
    },
  ],
  resources: (resources.resources ?? []).slice(0, 1),
};

function compared(name: string, change: Partial<StackComparison>): StackComparison {
  return {
    stack: name,
    relation: 'same',
    level: true,
    template: 'same',
    parameters: [],
    tags: [],
    outputs: [],
    hidden: [],
    ...change,
  };
}

export const comparison: ComparisonView = {
  asked_at,
  unanswered: [],
  comparison: {
    from: 'stage',
    to: 'prod',
    summary: 'prod is behind stage by 2 stacks.',
    behind: 2,
    stacks: [
      compared('network', {
        relation: 'behind',
        level: false,
        template: 'differs',
        parameters: [
          { name: 'Size', from: '2', to: '1', why: { why: 'behind' } },
          { name: 'Mode', from: 'lax', to: 'strict', why: { why: 'own' } },
          {
            name: 'Account',
            from: '1',
            to: '2',
            why: { why: 'setting', references: ['environment.account'] },
          },
          { name: 'VpcId', from: 'vpc-1', to: 'vpc-2', why: { why: 'wired', references: ['network.VpcId'] } },
        ],
        outputs: [{ name: 'QueueArn', from: 'arn:1', to: 'arn:2', why: { why: 'output' } }],
        hidden: ['Password'],
      }),
      compared('security', { relation: 'missing', level: false, template: 'not_known' }),
      compared('a-stack-with-a-name-that-goes-on-and-on-because-somebody-liked-it', {
        relation: 'as_meant',
        level: false,
        parameters: [{ name: 'Mode', from: 'lax', to: 'strict', why: { why: 'own' } }],
      }),
      compared('storage', {}),
    ],
  },
};

export const inspectAnswers = {
  stack_resources: () => resources,
  stack_parameters: () => parameters,
  stack_template: () => template,
  stack_events: () => events,
  stack_log: () => stackLog,
  open_console: () => null,
  compare_environments: () => comparison,
  compared_templates: () => template.diff,
};

const names = ['dev', 'stage', 'prod', 'dr', 'load', 'demo', 'eu', 'a-long-name-1234'];

/** A deployment of many stacks in several environments: some failed, some others were at, most are well. */
export function many(stacks: number, environments: number): DeploymentDetail {
  const places = names.slice(0, environments);
  const at = new Date(Date.now() - 200_000).toISOString();
  return detail({
    environments: places.map((name, column) =>
      environment({ name, target: column % 2 ? 'aws' : 'sandbox', deployed: stacks - 7, enabled: stacks }),
    ),
    stacks: Array.from({ length: stacks }, (_, n) =>
      stack(
        n % 50 === 7
          ? `service-${n}-with-a-name-that-goes-on-and-on-because-somebody-liked-it`
          : `service-${n}`,
        {
          needs: n > 0 ? [`service-${n - 1}`] : [],
          cells: places.map((name, column) =>
            cell({
              environment: name,
              status: (n + column) % 97 === 40 ? 'failed' : 'deployed',
              attention: (n + column) % 97 === 40 || n % 61 === 30,
              reason: (n + column) % 97 === 40 ? 'Queue: there is no room for it' : null,
              outside: n % 61 === 30 ? 'changed' : null,
              last_updated: at,
              checked_at: at,
            }),
          ),
        },
      ),
    ),
  });
}
