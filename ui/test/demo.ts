/**
 * The interface without a backend, to look at while working on it: `npm run dev`, then open
 * /test/demo.html, with `?world=empty` or `?world=many` for other lists, `?world=slow` for reviews that take their time,
 * and `?stacks=200` for large ones. Never part of the product's bundle.
 */
import type {
  Cell,
  DeploymentDetail,
  Event,
  EventKind,
  NewDeployment,
  Request,
  StackKey,
} from '@/api/backend';
import { announce, from, installBackend, refusal } from './backend';
import { dependenciesOf, layered } from './demo-graphs';
import { lookAnswers } from './demo-looks';
import { reviewAnswers } from './demo-reviews';
import {
  cell,
  detail,
  environment,
  failedLog,
  free,
  log,
  machineSettings,
  preview,
  row,
  stack,
  suggestion,
  summary,
} from './fixtures';
import { inspectAnswers, many } from './inspect-fixtures';
import { lookLogs, queueDrift } from './look-fixtures';
import { commandLine, progressOf } from './progress';
import { replay } from './replay';
import { property, resource, stackReview } from './review-fixtures';

let settingsView = machineSettings();
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

const rows = [
  row({ created_at: minutesAgo(60 * 24 * 3), status: 'initialized' }),
  row({
    deployment_id: 'DTEST03',
    organization: 'DemoOrg',
    project: 'demo-v41',
    checked_at: minutesAgo(7),
    environments: [
      { name: 'dev', target: 'sandbox', former: false },
      { name: 'stage', target: 'sandbox', former: false },
      { name: 'prod', target: 'aws', former: false },
    ],
    status: 'deployed',
    created_at: '2025-10-29T10:00:00Z',
  }),
  row({
    deployment_id: 'DX4NGF1',
    project: 'a-project-with-a-name-that-goes-on-and-on-because-somebody-liked-long-names',
    organization: 'The-Very-Long-Organization-Name-Of-A-Holding',
    status: 'deploying',
    created_at: '2025-09-12T10:00:00Z',
    running: {
      operation: 'op1',
      kind: 'deploy',
      environment: 'stage',
      done: 3,
      total: 6,
      started_at: minutesAgo(2),
      elsewhere: null,
    },
  }),
  row({ deployment_id: 'DPART01', organization: 'Acme', project: 'web-shop', status: 'partial' }),
  row({ deployment_id: 'DFAIL77', organization: 'Acme', project: 'billing', status: 'failed' }),
  row({ deployment_id: 'DGONE42', organization: 'Acme', project: 'intranet', status: 'destroyed' }),
  row({
    deployment_id: 'DDEST01',
    organization: 'Northwind',
    project: 'tracking',
    status: 'destroying',
    running: {
      operation: 'op2',
      kind: 'destroy',
      environment: null,
      done: 7,
      total: 18,
      started_at: minutesAgo(14),
      elsewhere: 'cloud on ci-3, process 991',
    },
  }),
  row({
    deployment_id: 'DBROKEN',
    organization: 'Northwind',
    project: 'legacy',
    status: 'unknown',
    created_at: null,
    problem: '.deployment-metadata.yaml is empty. Restore it from a backup, or write its keys again.',
  }),
  row({ deployment_id: 'DFUTURE', organization: 'Northwind', project: 'pilot', status: 'suspended' }),
];

const needs: Record<string, string[]> = {
  network: [],
  security: ['network'],
  storage: ['security'],
  messaging: ['security'],
  roles: ['security', 'storage', 'messaging'],
  monitoring: ['security', 'messaging'],
  database: ['network', 'security', 'monitoring'],
  compute: ['network', 'security', 'roles', 'monitoring'],
  dns: [],
};
const differing = [
  resource('Sg', {
    action: 'modify',
    replacement: 'yes',
    resource_type: 'AWS::EC2::SecurityGroup',
    properties: [
      property({ path: 'Properties.VpcId', before: 'vpc-1', after: 'vpc-2', cause: 'parameter VpcId' }),
    ],
  }),
  resource('Rule', { action: 'remove', resource_type: 'AWS::EC2::SecurityGroupIngress' }),
];
const off = ['database', 'compute', 'dns'];
/** What others did, and what drift detection found. */
const othersIn: Record<string, Partial<Cell>> = {
  network: { drift: { status: 'in_sync', checked_at: minutesAgo(2), reason: null, resources: [] } },
  security: {
    reason: 'it was changed outside Skydeck',
    outside: 'changed',
    outside_next: 'The next deploy brings it back to what the files say.',
    attention: true,
    cloudformation_status: 'UPDATE_COMPLETE',
  },
  storage: {
    drift: {
      status: 'unknown',
      checked_at: minutesAgo(2),
      reason: '1 resource of a type that cannot be compared',
      resources: [],
    },
  },
  messaging: {
    drift: {
      status: 'drifted',
      checked_at: minutesAgo(2),
      reason: null,
      resources: queueDrift.resources.map(({ logical_id }) => logical_id),
    },
  },
};

function rich(): DeploymentDetail {
  const at = (name: string, environmentName: string, change: Partial<Cell>) =>
    cell({
      environment: environmentName,
      enabled: !off.includes(name),
      cloudformation_name: `DX6604E-${name}-${environmentName}`,
      destroy:
        change.status === 'deployed' ? free : { refused: `${name} is not deployed in ${environmentName}` },
      ...change,
    });
  const deployedIn = {
    last_updated: minutesAgo(3),
    checked_at: minutesAgo(0.2),
    status: 'deployed',
    cloudformation_status: 'CREATE_COMPLETE',
  };
  return detail({
    row: rows[0],
    explanation: {
      text: 'Created, but no full deploy has run. 11 stacks were deployed one by one. Single stacks do not change the deployment’s own status: deploy the whole of dev to reach ‘deployed’.',
      surprising: true,
      next: { request: { kind: 'deploy', environment: 'dev' }, availability: free },
    },
    environments: [
      environment({ deployed: 5, checked_at: minutesAgo(0.2) }),
      environment({
        name: 'stage',
        target: 'aws',
        account: '123456789012',
        region: 'eu-central-1',
        deployed: 6,
        profile: 'acme-stage',
        checked_at: minutesAgo(60 * 5),
      }),
      environment({ name: 'prod', target: 'aws', account: '210987654321', region: 'us-east-1', deployed: 0 }),
    ],
    stacks: Object.entries(needs).map(([name, needed]) =>
      stack(name, {
        needs: needed,
        cells: [
          at(
            name,
            'dev',
            name === 'monitoring'
              ? {
                  status: 'failed',
                  last_updated: minutesAgo(3),
                  cloudformation_status: 'UPDATE_ROLLBACK_FAILED',
                  ways_out: ['continue_rollback', 'unprotect'],
                  takes_deploy: false,
                  reason:
                    'Dashboard: The dashboard body is not valid JSON; the update was rolled back: the previous version still runs',
                }
              : off.includes(name)
                ? {
                    deploy:
                      name === 'compute'
                        ? {
                            refused:
                              'compute needs monitoring, which is not deployed in dev; deploy it first',
                          }
                        : free,
                  }
                : {
                    ...deployedIn,
                    ...othersIn[name],
                    outputs: {
                      VpcId: 'vpc-0a1b2c3d4e5f67890',
                      PrivateSubnetIds: 'subnet-0aaaaaaaaaaaaaaaa,subnet-0bbbbbbbbbbbbbbbb',
                      KeyArn: 'arn:aws:kms:us-east-1:000000000000:key/4be3bd1c-3cf5-4a3c-9ad1-3b6b0b5e7f11',
                    },
                  },
          ),
          at(name, 'stage', off.includes(name) ? {} : { ...deployedIn, last_updated: minutesAgo(60 * 26) }),
          at(
            name,
            'prod',
            name === 'network' ? { status: 'destroyed', last_updated: minutesAgo(60 * 50) } : {},
          ),
        ],
      }),
    ),
    operations: [
      summary({ id: 'op-refresh', kind: 'refresh', started_at: minutesAgo(1), ended_at: minutesAgo(1) }),
      summary({ id: 'op-drift', kind: 'drift', started_at: minutesAgo(3), ended_at: minutesAgo(2) }),
      summary({ id: 'op0', outcome: 'partial', started_at: minutesAgo(4), ended_at: minutesAgo(3) }),
      summary({
        id: 'op-a',
        kind: 'deploy-stack',
        stack: 'network',
        started_at: minutesAgo(70),
        ended_at: minutesAgo(69),
      }),
      summary({
        id: 'op-b',
        kind: 'destroy',
        environments: ['dev', 'stage', 'prod'],
        outcome: 'failed',
        started_at: minutesAgo(3000),
        ended_at: minutesAgo(2990),
        by: 'ci@runner-12, cloud',
      }),
      summary({ id: 'waiting', outcome: null, ended_at: null, started_at: minutesAgo(5) }),
      summary({
        id: 'op-r',
        kind: 'repair-stack',
        stack: 'monitoring',
        started_at: minutesAgo(90),
        ended_at: minutesAgo(89),
      }),
      summary({ id: 'op-c', outcome: null, ended_at: null, started_at: minutesAgo(5000) }),
    ],
  });
}

const world = new URLSearchParams(location.search).get('world');
const stacks = Number(new URLSearchParams(location.search).get('stacks') ?? 0);
const deployments: Record<string, DeploymentDetail> = {
  DX6604E: rich(),
  DTEST03: many(stacks || 12, 8),
  DPART01: many(stacks || 12, 4),
  DBROKEN: detail({
    row: rows[7],
    explanation: { text: 'Its status cannot be determined.', surprising: false, next: null },
    problems: [
      {
        file: 'deployment-manifest.yaml',
        at: { line: 31, column: 7 },
        key: 'stacks.security.depends_on',
        message: 'there is no stack ‘netwrk’',
        hint: 'did you mean network?',
      },
      {
        file: 'stacks/storage.yaml',
        at: null,
        key: '',
        message: 'the template does not parse',
        hint: 'mend the YAML: a mapping was expected at line 12',
      },
    ],
  }),
};
const key = (name: string): StackKey => ({ stack: name, environment: 'stage' });
const logs: Record<string, Event[]> = {
  ...lookLogs,
  op0: failedLog.map((event) => ({ ...event, operation: 'op0' })),
  // It waits for everything that an operation can wait for.
  waiting: log(
    [
      {
        event: 'operation_started',
        deployment_id: 'DX6604E',
        kind: 'deploy',
        environments: ['stage'],
        stacks: Object.entries(needs)
          .filter(([name]) => !off.includes(name))
          .map(([name, needed]) => ({ key: key(name), waits_for: needed.map(key) })),
        status_before: 'initialized',
        by: { user: 'ana', host: 'workstation', pid: 4711, front_end: 'app', version: '0.1.0' },
      },
      { event: 'reviewed', stacks: [] },
      { event: 'stack_started', key: key('network'), action: 'update', resources: 8 },
      {
        event: 'stack_ended',
        key: key('network'),
        outcome: 'succeeded',
        status: 'deployed',
        reason: null,
        cloudformation_status: 'UPDATE_COMPLETE',
        outputs: {},
        seconds: 6,
      },
      {
        event: 'approval_needed',
        review: stackReview('security', { key: key('security'), action: 'update', changes: differing }),
        differences: [
          { logical_id: 'Sg', what: 'would be replaced; it was reviewed as a change in place' },
          { logical_id: 'Rule', what: 'would be removed; it was not in the review' },
        ],
      },
      {
        event: 'paused',
        environment: 'stage',
        reason:
          "the AWS login of profile 'acme-prod' has run out; log in with 'aws sso login --sso-session main'",
        command: 'aws sso login --sso-session main',
      },
    ],
    'waiting',
  ),
};

/** Two hundred stacks, of which the first half is done: each waits for one of those ten before it. */
function large(): Event[] {
  const began = Date.now() - 95_000;
  const names = Array.from({ length: 200 }, (_, n) =>
    n % 9 === 4 ? `a-stack-with-quite-a-long-name-for-a-timeline-${n}` : `service-${n}`,
  );
  const waits = (n: number) => (n < 8 ? [] : [n - 8 + (n % 3)]);
  const events: Event[] = [];
  const say = (seconds: number, kind: EventKind) =>
    events.push({
      operation: 'large',
      seq: events.length,
      at: new Date(began + seconds * 1000).toISOString(),
      ...kind,
    });
  say(0, {
    event: 'operation_started',
    deployment_id: 'DX6604E',
    kind: 'deploy',
    environments: ['stage'],
    stacks: names.map((name, n) => ({ key: key(name), waits_for: waits(n).map((w) => key(names[w] ?? '')) })),
    status_before: 'deployed',
    by: { user: 'ana', host: 'workstation', pid: 4711, front_end: 'app', version: '0.1.0' },
    request: { kind: 'deploy', environment: 'stage' },
  });
  for (const [n, name] of names.slice(0, 104).entries()) {
    const from = Math.floor(n / 8) * 7 + (n % 5) * 0.4;
    say(from, { event: 'stack_started', key: key(name), action: n % 4 ? 'update' : 'create', resources: 12 });
    for (let r = 0; r < 12; r++) {
      say(from + r / 2, {
        event: 'resource',
        key: key(name),
        logical_id: `Resource${r}`,
        resource_type: 'AWS::SQS::Queue',
        physical_id: null,
        status: n === 40 && r === 7 ? 'UPDATE_FAILED' : 'UPDATE_COMPLETE',
        reason: n === 40 && r === 7 ? 'The queue is in another account than its key.' : null,
        happened_at: new Date(began + from * 1000).toISOString(),
      });
    }
    if (n < 98) {
      const outcome = n === 40 ? 'failed' : n % 6 === 5 ? 'unchanged' : 'succeeded';
      say(from + 6.5, {
        event: 'stack_ended',
        key: key(name),
        outcome,
        status: 'deployed',
        reason: n === 40 ? 'the update was rolled back: the previous version still runs' : null,
        cloudformation_status: 'UPDATE_COMPLETE',
        outputs: {},
        seconds: 6.5,
      });
    }
  }
  return events;
}
logs.large = large();

function list() {
  if (world === 'empty') return [];
  if (world === 'many') {
    return Array.from({ length: 10_000 }, (_, n) =>
      row({
        deployment_id: `D${String(n).padStart(6, '0')}`,
        project: `project-${n}`,
        status: n % 7 ? 'deployed' : 'partial',
      }),
    );
  }
  return rows;
}

function layersOf(request: Request): string[][] {
  if ('stack' in request) return [[request.stack]];
  const layers = [['network'], ['security'], ['storage', 'messaging'], ['roles', 'monitoring']];
  return request.kind === 'deploy' ? layers : layers.toReversed();
}

/** Plays a deploy: each stack as soon as those that it needs are done. */
function play(id: string, request: Request): string {
  const operation = `live-${Date.now()}`;
  const where = request.environment ?? 'dev';
  const names = layersOf(request).flat();
  const key = (name: string): StackKey => ({ stack: name, environment: where });
  logs[operation] = [];
  const say = (kind: EventKind) => {
    const events = logs[operation] ?? [];
    logs[operation] = [...events, { operation, seq: events.length, at: new Date().toISOString(), ...kind }];
    const current = deployments[id];
    if (current) {
      const done = logs[operation].filter((event) => event.event === 'stack_ended').length;
      const running = {
        operation,
        kind: request.kind,
        environment: where,
        done,
        total: names.length,
        started_at: logs[operation][0]?.at ?? '',
        elsewhere: null,
      };
      deployments[id] = {
        ...current,
        row: { ...current.row, running: kind.event === 'operation_ended' ? null : running },
      };
    }
    void announce('deployments', { deployment: id }, { operation });
  };
  const waits = Object.fromEntries(
    names.map((name) => [name, (needs[name] ?? []).filter((need) => names.includes(need))]),
  );
  say({
    event: 'operation_started',
    deployment_id: id,
    kind: request.kind,
    environments: [where],
    stacks: names.map((name) => ({ key: key(name), waits_for: (waits[name] ?? []).map(key) })),
    status_before: 'initialized',
    by: { user: 'ana', host: 'workstation', pid: 4711, front_end: 'app', version: '0.1.0' },
  });
  const ended = new Set<string>();
  const started = new Set<string>();
  const step = () => {
    for (const name of names) {
      if (!started.has(name) && (waits[name] ?? []).every((need) => ended.has(need))) {
        started.add(name);
        void run(name);
      }
    }
    if (ended.size === names.length)
      say({ event: 'operation_ended', outcome: 'succeeded', deployment_status: 'deployed' });
  };
  const run = async (name: string) => {
    const pause = () => new Promise((done) => setTimeout(done, 350));
    say({ event: 'stack_started', key: key(name), action: 'create', resources: 8 });
    for (let n = 1; n <= 8; n++) {
      for (const status of ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE']) {
        await pause();
        say({
          event: 'resource',
          key: key(name),
          logical_id: `Resource${n}`,
          resource_type: 'AWS::EC2::Subnet',
          physical_id: null,
          status,
          reason: null,
          happened_at: new Date().toISOString(),
        });
      }
    }
    ended.add(name);
    say({
      event: 'stack_ended',
      key: key(name),
      outcome: 'succeeded',
      status: 'deployed',
      reason: null,
      cloudformation_status: 'CREATE_COMPLETE',
      outputs: {},
      seconds: 6,
    });
    step();
  };
  step();
  return operation;
}

installBackend({
  app_info: () => ({
    version: '0.1.0',
    root: '/home/ana/.local/share/skydeck/deployments',
    root_doubt: null,
  }),
  list_deployments: list,
  command_lines: ({ ids }) => [
    { title: 'Show the status', lines: (ids as string[]).map((id) => `cloud status ${id}`).join('\n') },
    {
      title: 'Deploy',
      lines: (ids as string[]).map((id) => `cloud deploy ${id} --environment dev`).join('\n'),
    },
  ],
  suggest_deployment: () =>
    suggestion({ organization: 'MyOrg', project: 'my-app', domain: 'my-app.example' }),
  get_settings: () => settingsView,
  update_settings: ({ patch }) => {
    settingsView = { ...settingsView, settings: { ...settingsView.settings, ...(patch as object) } };
    void announce('settings');
  },
  deployment: ({ id }) => {
    const found =
      deployments[String(id)] ??
      (list().some((entry) => entry.deployment_id === id)
        ? detail({ row: list().find((entry) => entry.deployment_id === id) })
        : null);
    if (!found)
      throw refusal('not_found', `There is no deployment ${id}.`, {
        hint: 'It may have been renamed or removed.',
      });
    return found;
  },
  ...reviewAnswers(layersOf),
  ...lookAnswers,
  ...inspectAnswers,
  history: ({ id }) => deployments[String(id)]?.operations ?? [],
  start_operation: ({ id, request }) => play(String(id), request as Request),
  cancel_operation: () => null,
  operation: ({ operation }) => {
    const events = logs[String(operation)];
    if (!events) throw refusal('not_found', `There is no operation ${operation}.`);
    return replay(events);
  },
  operation_progress: ({ operation }) => progressOf(replay(logs[String(operation)] ?? []), 9),
  failure_report: () => '## network failed in dev',
  template_lines: ({ key, logicalId }) => ({
    path: `stacks/${(key as StackKey).stack}.yaml`,
    first: 12,
    lines: [
      `  ${logicalId}:`,
      '    Type: AWS::EC2::VPC',
      '    Properties:',
      '      CidrBlock: !Ref CidrBlock',
    ],
  }),
  command_line: commandLine,
  operation_events: (args) => from(logs[String(args.operation)] ?? [], args),
  dependencies: ({ id, environment }) => {
    const large = Number(new URLSearchParams(location.search).get('stacks'));
    return large > 0
      ? layered(large)
      : dependenciesOf(deployments[String(id)] ?? detail(), String(environment));
  },
  preview_deployment: ({ input }) => {
    const draft = input as NewDeployment;
    const problems = (['organization', 'project', 'domain'] as const)
      .filter((field) => !draft[field])
      .map((field) => ({
        field,
        message: `${field} is missing: a letter or digit, then letters, digits and hyphens`,
      }));
    return preview({
      problems,
      folder: `D??????-${draft.organization || '…'}-${draft.project || '…'}`,
      stacks: Object.keys(needs).map((name) => ({
        name,
        description: `The ${name} of a small company: what every project needs first.`,
        enabled: !off.includes(name),
      })),
      command: `cloud init --org ${draft.organization} --project ${draft.project} --domain ${draft.domain} --account-dev 000000000000 --target sandbox`,
      files: [{ path: 'deployment-manifest.yaml', text: JSON.stringify(draft, null, 2).repeat(2) }],
    });
  },
  create_deployment: () => rows[0],
});

await import('../src/main');
