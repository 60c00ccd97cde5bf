/** Reviews, recovery cards and access as the backend sends them, to build tests and the demo from. */
import type {
  Access,
  Danger,
  EnvironmentSettings,
  ParameterReview,
  Profile,
  PropertyChange,
  RecoveryCard,
  ResourceChange,
  ReviewView,
  StackReview,
  WayOutView,
} from '@/api/backend';
import { plan } from './fixtures';

export function property(change: Partial<PropertyChange> = {}): PropertyChange {
  return {
    path: 'Properties.CidrBlock',
    before: '10.0.0.0/16',
    after: '10.1.0.0/16',
    replacement: 'no',
    cause: null,
    ...change,
  };
}

export function resource(logical_id: string, change: Partial<ResourceChange> = {}): ResourceChange {
  return {
    action: 'add',
    logical_id,
    physical_id: null,
    resource_type: 'AWS::EC2::VPC',
    replacement: 'no',
    kept: false,
    snapshot: false,
    danger: 'none',
    properties: [],
    ...change,
  };
}

export function parameter(name: string, change: Partial<ParameterReview> = {}): ParameterReview {
  return {
    name,
    source: { from: 'literal' },
    state: { is: 'known' },
    value: '10.0.0.0/16',
    before: null,
    ...change,
  };
}

/** Of several dangers, the worst. */
function worst(parts: { danger: Danger }[]): Danger {
  const found = new Set(parts.map(({ danger }) => danger));
  return (['loses_data', 'replaces'] as const).find((danger) => found.has(danger)) ?? 'none';
}

export function stackReview(name: string, change: Partial<StackReview> = {}): StackReview {
  const changes = change.changes ?? [resource('Vpc')];
  return {
    key: { stack: name, environment: 'dev' },
    action: 'create',
    changes,
    danger: worst(changes),
    by_change_set: true,
    parameters: [],
    after: [],
    obstacles: [],
    remarks: [],
    cloudformation_status: null,
    first: [],
    findings: [],
    ...change,
  };
}

/** A review that is done, of the stacks by layer. */
export function review(layers: StackReview[][], change: Partial<ReviewView> = {}): ReviewView {
  const stacks = layers.flat();
  return {
    id: 'r1',
    request: { kind: 'deploy', environment: 'dev' },
    plan: plan(layers.map((layer) => layer.map(({ key }) => key.stack))),
    stacks,
    done: true,
    outdated: false,
    problem: null,
    danger: worst(stacks),
    grave: false,
    usual_parallel: 8,
    parallel: 8,
    changing: stacks.filter(({ action }) => action !== 'unchanged' && action !== 'blocked').length,
    may_change: 0,
    unasked: 0,
    blocked: stacks.filter(({ action }) => action === 'blocked').length,
    usually_seconds: null,
    sessions: [],
    api: [],
    total: null,
    ...change,
  };
}

export function wayOut(change: Partial<WayOutView> = {}): WayOutView {
  return {
    way: 'continue_rollback',
    title: 'Continue the rollback',
    effect: 'CloudFormation goes on with the rollback that failed.',
    call: 'ContinueUpdateRollback --stack-name DX6604E-network-dev --resources-to-skip Queue',
    skips: 'What is skipped stays as it is now.',
    dependents: 'security keeps what it has.',
    choices: [],
    request: {
      kind: 'repair-stack',
      stack: 'network',
      environment: 'dev',
      repair: { way: 'continue_rollback', skip: [] },
    },
    command: 'cloud repair-stack DX6604E network --environment dev --continue-rollback --skip Queue',
    destructive: false,
    refused: null,
    ...change,
  };
}

export function recoveryCard(change: Partial<RecoveryCard> = {}): RecoveryCard {
  return {
    key: { stack: 'network', environment: 'dev' },
    cloudformation_name: 'DX6604E-network-dev',
    cloudformation_status: 'UPDATE_ROLLBACK_FAILED',
    meaning:
      'An update failed, and so did its rollback. The stack takes no update until the rollback is done.',
    cause: 'Queue: the queue was deleted by hand',
    protected: false,
    dependents: ['security'],
    ways: [wayOut()],
    ...change,
  };
}

export function profile(name: string, change: Partial<Profile> = {}): Profile {
  return {
    name,
    region: 'eu-central-1',
    kind: 'keys',
    sso_session: null,
    account: null,
    role: null,
    source_profile: null,
    ...change,
  };
}

export function access(change: Partial<Access> = {}): Access {
  return {
    profiles: [
      profile('acme-prod', { kind: 'sso', sso_session: 'main', role: 'Admin', account: '210987654321' }),
      profile('ci'),
    ],
    sso_sessions: [{ name: 'main', start_url: 'https://acme.awsapps.com/start', region: 'eu-central-1' }],
    endpoints: [],
    default_profile: null,
    config_file: '/home/ana/.aws/config',
    problem: null,
    ...change,
  };
}

export function settings(change: Partial<EnvironmentSettings> = {}): EnvironmentSettings {
  return {
    target: 'aws',
    region: 'eu-central-1',
    account: '210987654321',
    profile: 'acme-prod',
    role_arn: '',
    template_bucket: '',
    tags: { team: 'platform' },
    notification_arns: [],
    ...change,
  };
}
