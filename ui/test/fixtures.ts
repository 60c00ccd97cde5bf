/** Values as the backend sends them, to build tests and the demo from. */
import type {
  Cell,
  Dependent,
  DeploymentDetail,
  DeploymentRow,
  EnvironmentView,
  Event,
  EventKind,
  InterruptedRow,
  NewDeployment,
  NewDeploymentPreview,
  OperationSummary,
  PlanView,
  SettingsView,
  StackView,
} from '@/api/backend';

export const free = { refused: null };

export function row(change: Partial<DeploymentRow> = {}): DeploymentRow {
  const id = change.deployment_id ?? 'DX6604E';
  return {
    deployment_id: id,
    organization: 'LiveTestOrg',
    project: 'live-test-6',
    status: 'initialized',
    created_at: '2025-10-30T00:46:48.258878Z',
    domain: 'livetest.example',
    template: 'default',
    path: `/home/ana/.local/share/skydeck/deployments/${id}-LiveTestOrg-live-test-6`,
    problem: null,
    checked_at: null,
    environments: [{ name: 'dev', target: 'sandbox', former: false }],
    running: null,
    interrupted: null,
    refresh: free,
    ...change,
  };
}

export function interrupted(change: Partial<InterruptedRow> = {}): InterruptedRow {
  const operation = '20251030T004648Z-deploy-k3f9';
  return { operation, kind: 'deploy', host: 'build-7', here: true, ...change };
}

export function environment(change: Partial<EnvironmentView> = {}): EnvironmentView {
  return {
    name: 'dev',
    former: false,
    target: 'sandbox',
    region: 'us-east-1',
    account: '000000000000',
    profile: null,
    role_arn: null,
    besides: 0,
    deployed: 0,
    checked_at: null,
    enabled: 6,
    deploy: free,
    destroy: free,
    look: free,
    ...change,
  };
}

export function cell(change: Partial<Cell> = {}): Cell {
  return {
    environment: 'dev',
    status: 'not_deployed',
    enabled: true,
    former: false,
    last_updated: null,
    checked_at: null,
    drift: null,
    reason: null,
    cloudformation_name: 'DX6604E-network-dev',
    cloudformation_status: null,
    ways_out: [],
    takes_deploy: true,
    outputs: {},
    outside: null,
    outside_next: null,
    may_exist: true,
    attention: false,
    console: null,
    deploy: free,
    deploy_anyway: false,
    destroy: free,
    destroy_anyway: false,
    look: free,
    detect_drift: free,
    ...change,
  };
}

export function stack(name: string, change: Partial<StackView> = {}): StackView {
  return { name, former: false, template: `stacks/${name}.yaml`, needs: [], cells: [cell()], ...change };
}

export function dependent(name: string, change: Partial<Dependent> = {}): Dependent {
  const needs = change.needs ?? [];
  return {
    stack: name,
    status: 'deployed',
    since: '2025-10-30T00:46:48.258878Z',
    enabled: true,
    former: false,
    needs,
    reasons: Object.fromEntries(needs.map((need) => [need, ['uses output Id']])),
    blocked_by: [],
    ...change,
  };
}

export function detail(change: Partial<DeploymentDetail> = {}): DeploymentDetail {
  return {
    row: row(),
    explanation: { text: 'Created; no full deploy has run yet.', surprising: false, next: null },
    environments: [environment()],
    compare: null,
    stacks: [stack('network'), stack('security', { needs: ['network'] })],
    former: [],
    renamed: [],
    problems: [],
    operations: [],
    destroy_all: free,
    warnings: [],
    ...change,
  };
}

export function summary(change: Partial<OperationSummary> = {}): OperationSummary {
  return {
    id: '20251030T004648Z-deploy-k3f9',
    kind: 'deploy',
    environments: ['dev'],
    stack: null,
    started_at: '2025-10-30T00:46:48.258878Z',
    ended_at: '2025-10-30T00:48:55.258878Z',
    seconds: change.ended_at === null ? null : 127,
    outcome: 'succeeded',
    by: 'ana@workstation, app',
    version: '0.1.0',
    reviewed: false,
    command: 'cloud deploy DX6604E --environment dev',
    ...change,
  };
}

export function plan(layers: string[][], change: Partial<PlanView> = {}): PlanView {
  return {
    kind: 'deploy',
    environments: [
      { name: 'dev', target: 'sandbox', region: 'us-east-1', account: '000000000000', uses: [] },
    ],
    count: layers.flat().length,
    foreseen: [],
    layers: layers.map((layer) =>
      layer.map((name) => ({
        key: { stack: name, environment: 'dev' },
        status: 'not_deployed',
        former: null,
      })),
    ),
    leaves: [],
    renamed: [],
    ...change,
  };
}

export function preview(change: Partial<NewDeploymentPreview> = {}): NewDeploymentPreview {
  return {
    problems: [],
    remarks: [],
    folder: 'D??????-Acme-web-shop',
    files: [{ path: 'deployment-manifest.yaml', text: 'version: 1\norganization: Acme\n' }],
    stacks: [
      { name: 'network', description: 'A VPC over two zones.', enabled: true },
      { name: 'dns', description: 'A hosted zone.', enabled: false },
    ],
    command: 'cloud init --org Acme --project web-shop --domain shop.example.com',
    ...change,
  };
}

/** An operation's events, numbered, one second apart. */
export function log(kinds: EventKind[], operation = '20251030T004648Z-deploy-k3f9'): Event[] {
  const start = Date.parse('2025-10-30T00:46:48Z');
  return kinds.map((kind, seq) => ({
    operation,
    seq,
    at: new Date(start + seq * 1000).toISOString(),
    ...kind,
  }));
}

const key = (name: string) => ({ stack: name, environment: 'dev' });

/** network fails on its VPC, security is skipped, storage succeeds. */
export const failedLog: Event[] = log([
  {
    event: 'operation_started',
    deployment_id: 'DX6604E',
    kind: 'deploy',
    environments: ['dev'],
    stacks: [
      { key: key('storage'), waits_for: [] },
      { key: key('network'), waits_for: [] },
      { key: key('security'), waits_for: [key('network')] },
    ],
    status_before: 'initialized',
    by: { user: 'ana', host: 'workstation', pid: 4711, front_end: 'app', version: '0.1.0' },
    request: { kind: 'deploy', environment: 'dev' },
  },
  { event: 'stack_started', key: key('storage'), action: 'create', resources: 1 },
  { event: 'stack_started', key: key('network'), action: 'create', resources: 2 },
  {
    event: 'resource',
    key: key('network'),
    logical_id: 'Vpc',
    resource_type: 'AWS::EC2::VPC',
    physical_id: null,
    status: 'CREATE_FAILED',
    reason: 'The maximum number of VPCs has been reached.',
    happened_at: '2025-10-30T00:46:51Z',
  },
  {
    event: 'resource',
    key: key('storage'),
    logical_id: 'Bucket',
    resource_type: 'AWS::S3::Bucket',
    physical_id: 'bucket-1',
    status: 'CREATE_COMPLETE',
    reason: null,
    happened_at: '2025-10-30T00:46:52Z',
  },
  {
    event: 'stack_ended',
    key: key('network'),
    outcome: 'failed',
    status: 'failed',
    reason: 'the create was rolled back: nothing runs',
    cloudformation_status: 'ROLLBACK_COMPLETE',
    outputs: {},
    seconds: 3,
  },
  {
    event: 'stack_ended',
    key: key('security'),
    outcome: 'skipped',
    status: null,
    reason: 'network failed',
    cloudformation_status: null,
    outputs: {},
    seconds: 0,
  },
  {
    event: 'stack_ended',
    key: key('storage'),
    outcome: 'succeeded',
    status: 'deployed',
    reason: null,
    cloudformation_status: 'CREATE_COMPLETE',
    outputs: {},
    seconds: 6,
  },
  { event: 'operation_ended', outcome: 'partial', deployment_status: 'partial' },
]);

/** What a new deployment begins with; the texts are empty unless a test fills them in. */
export function suggestion(change: Partial<NewDeployment> = {}): NewDeployment {
  return {
    organization: '',
    project: '',
    domain: '',
    template: 'default',
    environments: [
      { name: 'dev', target: 'sandbox', region: 'us-east-1', account: '000000000000', profile: null },
    ],
    id: null,
    ...change,
  };
}

/** Settings of a machine on which nothing is set. */
export function machineSettings(change: Partial<SettingsView> = {}): SettingsView {
  return {
    settings: { appearance: 'system', notifications: true, parallel: null, root: null },
    default_parallel: 8,
    problems: [],
    file: '/home/ana/.config/skydeck/settings.json',
    root: '/home/ana/.local/share/skydeck/deployments',
    root_from: 'default',
    next_root: null,
    ...change,
  };
}
