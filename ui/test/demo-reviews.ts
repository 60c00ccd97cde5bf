/** The demo's reviews, recovery cards and access: of each what a screen can show at its fullest. */
import type { Request, ReviewView, StackReview } from '@/api/backend';
import { announce, refusal } from './backend';
import { plan } from './fixtures';
import {
  access,
  parameter,
  profile,
  property,
  recoveryCard,
  resource,
  review,
  settings,
  stackReview,
  wayOut,
} from './review-fixtures';

const policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: '*' },
    { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:eu-central-1:123456789012:jobs' },
  ],
});

const rich: { [stack: string]: Partial<StackReview> } = {
  network: { action: 'unchanged', changes: [] },
  security: {
    action: 'update',
    changes: [
      resource('KeyPolicy', {
        action: 'modify',
        resource_type: 'AWS::IAM::ManagedPolicy',
        physical_id: 'arn:aws:iam::123456789012:policy/DX6604E-security',
        properties: [
          property({
            path: 'Properties.PolicyDocument',
            before: policy,
            after: policy.replace('*', 'arn:aws:kms:…'),
          }),
          property({ path: 'Tags', before: null, after: '[{"Key":"team","Value":"platform"}]' }),
        ],
      }),
      resource('ApplicationSecurityGroupWithAVeryLongLogicalIdThatNobodyWouldType', {
        action: 'modify',
        resource_type: 'AWS::EC2::SecurityGroup',
        physical_id: 'sg-0123456789abcdef0',
        replacement: 'yes',
        danger: 'replaces',
        properties: [
          property({
            path: 'Properties.GroupDescription',
            before: 'app',
            after: 'application',
            replacement: 'yes',
          }),
          property({ path: 'Properties.VpcId', before: 'vpc-1', after: 'vpc-1', cause: 'parameter VpcId' }),
        ],
      }),
      resource('Alias', { resource_type: 'AWS::KMS::Alias' }),
    ],
    parameters: [
      parameter('VpcId', {
        source: { from: 'outputs', references: ['network.VpcId'] },
        value: 'vpc-0a1b2c3d4e5f67890',
      }),
      parameter('Mode', { state: { is: 'changes' }, before: 'relaxed', value: 'strict' }),
      parameter('Password', { value: '****' }),
      parameter('Region', {
        source: { from: 'setting', references: ['environment.region'] },
        value: 'eu-central-1',
      }),
      parameter('Retention', { source: { from: 'default' }, value: '30' }),
    ],
  },
  storage: {
    action: 'update',
    by_change_set: false,
    changes: [
      resource('Table', {
        action: 'modify',
        resource_type: 'AWS::DynamoDB::Table',
        physical_id: 'DX6604E-storage-Table-1ABC',
        replacement: 'conditional',
        danger: 'loses_data',
        properties: [
          property({ path: 'Properties.KeySchema', before: null, after: null, replacement: 'conditional' }),
        ],
      }),
      resource('OldBucket', {
        action: 'remove',
        kept: true,
        resource_type: 'AWS::S3::Bucket',
        physical_id: 'dx6604e-old-bucket',
      }),
    ],
    parameters: [
      parameter('KeyArn', {
        source: { from: 'outputs', references: ['security.KeyArn'] },
        state: { is: 'may_change', after: ['security'] },
        value: 'arn:aws:kms:eu-central-1:123456789012:key/4be3bd1c-3cf5-4a3c-9ad1-3b6b0b5e7f11',
      }),
    ],
  },
  messaging: {
    by_change_set: false,
    changes: [
      resource('Jobs', { resource_type: 'AWS::SQS::Queue' }),
      resource('JobsDeadLetters', { resource_type: 'AWS::SQS::Queue' }),
    ],
    parameters: [
      parameter('KeyArn', {
        source: { from: 'outputs', references: ['security.KeyArn'] },
        state: { is: 'known_after', after: ['security'] },
        value: null,
      }),
    ],
  },
  roles: { action: 'recreate', changes: [resource('Role', { resource_type: 'AWS::IAM::Role' })] },
  monitoring: {
    action: 'blocked',
    changes: [],
    remarks: ['Its last update could not be rolled back: CloudFormation takes no update of it.'],
    cloudformation_status: 'UPDATE_ROLLBACK_FAILED',
  },
};

function deletion(stack: string): StackReview {
  return stackReview(stack, {
    action: 'delete',
    changes: [
      resource('Main', {
        action: 'remove',
        physical_id: `${stack}-main-1`,
        resource_type: 'AWS::IAM::Role',
        danger: 'replaces',
      }),
      resource('Bucket', {
        action: 'remove',
        kept: stack === 'security',
        danger: stack === 'security' ? 'none' : 'loses_data',
        physical_id: `${stack}-bucket-1`,
        resource_type: 'AWS::S3::Bucket',
      }),
      ...(stack === 'database'
        ? [
            resource('Instance', {
              action: 'remove',
              kept: true,
              snapshot: true,
              danger: 'replaces',
              physical_id: 'database-instance-1',
              resource_type: 'AWS::RDS::DBInstance',
            }),
          ]
        : []),
    ],
    obstacles:
      stack === 'network'
        ? [
            { obstacle: 'protected' },
            { obstacle: 'imported', export: 'network-VpcId', by: ['Legacy-app', 'Reporting'] },
          ]
        : stack === 'storage'
          ? [{ obstacle: 'not_empty', logical_id: 'Bucket', bucket: 'storage-bucket-1' }]
          : [],
  });
}

/** What a review of a request comes to. */
function whole(request: Request, layers: string[][]): ReviewView {
  const name = request.environment ?? 'dev';
  const destroys = request.kind.startsWith('destroy');
  const of = (stack: string): StackReview => ({
    ...(destroys
      ? deletion(stack)
      : stackReview(stack, rich[stack] ?? (stack.endsWith('3') ? {} : { action: 'unchanged', changes: [] }))),
    key: { stack, environment: name },
  });
  const stacks = request.kind === 'repair-stack' ? [] : layers.map((layer) => layer.map(of));
  return review(stacks, {
    request,
    plan: {
      ...plan(layers, {
        kind: request.kind,
        environments: [
          {
            name,
            target: name === 'dev' ? 'sandbox' : 'aws',
            region: 'eu-central-1',
            account: '123456789012',
            uses: [],
          },
        ],
      }),
      layers: layers.map((layer) =>
        layer.map((stack) => ({ key: { stack, environment: name }, status: 'deployed', former: null })),
      ),
    },
    usually_seconds: 372,
    grave: destroys,
    sessions:
      name === 'dev'
        ? []
        : [
            {
              environment: name,
              arn: 'arn:aws:sts::123456789012:assumed-role/Admin/ana',
              warning: 'The login of stage ends in 22 minutes; this usually takes 35.',
            },
          ],
  });
}

const reviews: { [id: string]: ReviewView } = {};

/** Looks at one stack after the other, as the backend does. */
function grow(id: string, end: ReviewView): void {
  const seen = reviews[id]?.stacks.length ?? 0;
  const done = seen >= end.stacks.length;
  reviews[id] = {
    ...end,
    id,
    done,
    stacks: end.stacks.slice(0, seen + 1),
    changing: done ? end.changing : seen,
  };
  void announce({ review: id });
  if (!done) setTimeout(() => grow(id, end), SLOW ? 60_000 : MANY ? 20 : 250);
}

const parameters = new URLSearchParams(location.search);
const SLOW = parameters.get('world') === 'slow';
const MANY = Number(parameters.get('stacks') ?? 0);

/** The commands of reviews, recovery and access. `layersOf` gives the stacks of a request. */
export function reviewAnswers(layersOf: (request: Request) => string[][]) {
  return {
    start_review: ({ request }: Record<string, unknown>) => {
      const asked = request as Request;
      if (asked.kind === 'deploy' && asked.environment === 'prod') {
        throw refusal('precondition', 'compute needs database, which is disabled and not deployed in prod', {
          hint: 'Enable database in the manifest, or deploy it by itself first.',
        });
      }
      const id = `review-${Object.keys(reviews).length}`;
      const many = Array.from({ length: MANY / 10 }, (_, layer) =>
        Array.from({ length: 10 }, (_, n) => `service-${layer}-${n}`),
      );
      const end = whole(asked, MANY ? many : layersOf(asked));
      reviews[id] = { ...end, id, stacks: [], done: false, changing: 0 };
      setTimeout(() => grow(id, end), 250);
      return id;
    },
    review: ({ review }: Record<string, unknown>) => reviews[String(review)],
    pace_review: ({ review, parallel }: Record<string, unknown>) => {
      const id = String(review);
      const view = reviews[id];
      if (view) reviews[id] = { ...view, parallel: Number(parallel) };
      void announce({ review: id });
      return null;
    },
    discard_review: () => null,
    answer_approval: () => null,
    resume_operation: () => {
      throw refusal('credentials', 'The login of stage has ended.', { hint: 'Run aws sso login first.' });
    },
    recovery: () =>
      recoveryCard({
        protected: true,
        dependents: ['database', 'compute'],
        ways: [
          wayOut({
            choices: [
              {
                logical_id: 'Dashboard',
                resource_type: 'AWS::CloudWatch::Dashboard',
                physical_id: 'DX6604E-dashboard',
                status: 'UPDATE_FAILED',
                reason: 'The dashboard body is not valid JSON',
                chosen: true,
              },
              {
                logical_id: 'AlarmTopicWithALongNameThatHasToWrapSomewhereInAPanel',
                resource_type: 'AWS::SNS::Topic',
                physical_id: 'arn:aws:sns:eu-central-1:123456789012:DX6604E-alarm-topic',
                status: 'UPDATE_COMPLETE',
                reason: null,
                chosen: false,
              },
            ],
          }),
          wayOut({
            way: 'destroy_again',
            title: 'Delete the stack',
            effect: 'The stack and all that it holds is deleted. A deploy makes it anew.',
            call: 'DeleteStack --stack-name DX6604E-monitoring-dev',
            skips: null,
            destructive: true,
            refused: 'Termination protection is on. Switch it off first.',
          }),
          wayOut({
            way: 'unprotect',
            title: 'Switch protection off',
            effect: 'The stack can be deleted from then on.',
            call: 'UpdateTerminationProtection --no-enable-termination-protection',
            skips: null,
            dependents: null,
            request: {
              kind: 'repair-stack',
              stack: 'monitoring',
              environment: 'dev',
              repair: { way: 'unprotect' },
            },
            destructive: true,
          }),
          wayOut({
            way: 'wait',
            title: 'Leave it',
            effect: 'Nothing is done. Whoever works on it may mend it.',
            call: null,
            skips: null,
            dependents: null,
            request: null,
            command: null,
          }),
        ],
      }),
    access: () =>
      parameters.get('world') === 'empty'
        ? access({ profiles: [], sso_sessions: [] })
        : access({
            profiles: [
              ...access().profiles,
              profile('build', { kind: 'role', role: 'Deploy', source_profile: 'ci' }),
              profile('a-profile-with-a-name-that-goes-on-because-somebody-was-thorough', {
                kind: 'process',
              }),
            ],
            endpoints: [['AWS_ENDPOINT_URL', 'http://127.0.0.1:4599']],
          }),
    test_connection: ({ profile: name }: Record<string, unknown>) => {
      if (name === 'ci') {
        throw refusal('credentials', 'The access key of profile ci is not known to AWS.', {
          hint: 'Make a new one in IAM, or choose another profile.',
        });
      }
      return {
        account: '111111111111',
        arn: 'arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/ana@acme.example',
        expires_at: new Date(Date.now() + 22 * 60_000).toISOString(),
      };
    },
    environment_settings: () =>
      settings({ notification_arns: ['arn:aws:sns:eu-central-1:210987654321:stacks'] }),
    set_environment_settings: () => null,
  };
}
