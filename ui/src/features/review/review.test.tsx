import { type Answers, announce, refusal } from '@test/backend';
import { detail, plan } from '@test/fixtures';
import { button, expectAccessible, open } from '@test/render';
import { access, parameter, property, resource, review, settings, stackReview } from '@test/review-fixtures';
import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { Request, ReviewView, StackReview, Use } from '@/api/backend';
import { href, navigate, wholeList } from '@/router';

const deploy: Request = { kind: 'deploy', environment: 'dev' };
const destroy: Request = { kind: 'destroy', environment: 'dev' };
/** A resource that goes. */
const lost = { action: 'remove', danger: 'replaces' } as const;
const unchanged: Partial<StackReview> = { action: 'unchanged', changes: [] };

/** The screen of a request, whose review is what `view` says by now. */
function openReview(request: Request, view: ReviewView | (() => ReviewView), answers: Answers = {}) {
  const discard = vi.fn(() => null);
  const opened = open(href({ page: 'review', id: 'DX6604E', request }), {
    start_review: () => 'r1',
    review: () => ({ ...(typeof view === 'function' ? view() : view), request }),
    discard_review: discard,
    pace_review: () => null,
    deployment: () => detail(),
    operation: () => new Promise(() => {}),
    list_deployments: () => [],
    ...answers,
  });
  return { ...opened, discard };
}

const confirm = (name: string) => screen.findByRole('button', { name });
/** What is said politely while the review grows, and at its end. */
const progress = () => within(screen.getByRole('region', { name: 'Summary' })).getByRole('status');
/** What a warning names, line by line. */
const warned = (name: string) =>
  within(screen.getByRole('region', { name }))
    .getAllByRole('listitem')
    .map((line) => line.textContent);
const stackRow = (name: string) => screen.findByTestId(`review-${name}-dev`);

describe('a review', () => {
  it('grows: the plan at once, each stack as soon as it was looked at, and nothing starts before the end', async () => {
    const whole = review([[stackReview('network')], [stackReview('security'), stackReview('storage')]]);
    let view: ReviewView = { ...whole, stacks: [], done: false, changing: 0 };
    openReview(deploy, () => view);
    await waitFor(() => expect(progress()).toHaveTextContent('Comparing 0 of 3'));
    expect(
      [...screen.getByRole('list', { name: 'Order' }).children].map((layer) => layer.textContent),
    ).toEqual(['1network', '2securitystorage']);
    expect(button('Deploy')).toHaveAttribute('aria-disabled', 'true');
    await expectAccessible();
    view = { ...view, stacks: whole.stacks.slice(0, 1) };
    await announce({ review: 'r1' });
    await waitFor(() => expect(progress()).toHaveTextContent('Comparing 1 of 3'));
    expect(await stackRow('network')).toHaveTextContent('Create network 1 added');
    expect(screen.queryByTestId('review-storage-dev')).toBeNull();
    view = whole;
    await announce({ review: 'r1' });
    expect(await confirm('Deploy 3 stacks')).not.toHaveAttribute('aria-disabled', 'true');
    expect(progress()).toHaveTextContent('3 to create');
  });

  it('starts exactly what was reviewed, goes to the operation, and is not discarded', async () => {
    const start = vi.fn(() => 'op1');
    const { user, discard } = openReview(deploy, review([[stackReview('network')]]), {
      start_operation: start,
    });
    await user.click(await confirm('Deploy 1 stack'));
    expect(start).toHaveBeenCalledWith({
      id: 'DX6604E',
      request: deploy,
      options: {
        parallel: 8,
        stop_on_failure: false,
        review: 'r1',
        wait_for_login: true,
        quiet: false,
        keep_going: false,
      },
    });
    await waitFor(() => expect(window.location.hash).toBe('#/deployments/DX6604E?operation=op1'));
    expect(discard).not.toHaveBeenCalled();
  });

  it('is discarded on leaving, even where it had only just begun', async () => {
    let begun = (_: string) => {};
    const { discard } = openReview(deploy, review([]), {
      start_review: () => new Promise((resolve) => (begun = resolve)),
    });
    await screen.findByText('Planning…');
    act(() => navigate(wholeList));
    begun('r7');
    await waitFor(() => expect(discard).toHaveBeenCalledWith({ review: 'r7' }));
  });

  it('is discarded and made anew for another request', async () => {
    let begun = 0;
    const { discard } = openReview(deploy, review([[stackReview('network')]]), {
      start_review: () => `r${++begun}`,
    });
    await confirm('Deploy 1 stack');
    act(() => navigate({ page: 'review', id: 'DX6604E', request: destroy }));
    await waitFor(() => expect(begun).toBe(2));
    expect(discard.mock.calls).toEqual([[{ review: 'r1' }]]);
  });

  it('says where it would act, marks the sandbox, and warns of a login that ends too soon', async () => {
    const session = { environment: 'dev', arn: 'arn:…' };
    openReview(
      deploy,
      review([[stackReview('network')]], {
        sessions: [{ ...session, warning: 'The login of dev ends in 22 minutes; this usually takes 35.' }],
      }),
    );
    const summary = await screen.findByRole('region', { name: 'Summary' });
    expect(summary).toHaveTextContent(
      'devSANDBOX000000000000us-east-1Pretended: nothing leaves this machine.',
    );
    expect(summary).toHaveTextContent('The login of dev ends in 22 minutes; this usually takes 35.');
  });

  it('says what it uses besides the stacks, and marks what belongs to another account', async () => {
    const shown = review([[stackReview('network')]]);
    const [dev] = shown.plan.environments;
    const uses: Use[] = [
      { as: 'profile', value: 'work', foreign_account: null },
      { as: 'role', value: 'arn:aws:iam::999999999999:role/All', foreign_account: '999999999999' },
    ];
    const environments = dev ? [{ ...dev, uses }] : [];
    openReview(deploy, { ...shown, plan: { ...shown.plan, environments } });
    const summary = await screen.findByRole('region', { name: 'Summary' });
    expect(summary).toHaveTextContent('Profilework');
    const marked = within(summary).getByText('in another account: 999999999999');
    expect(marked.closest('dd')).toHaveTextContent('arn:aws:iam::999999999999:role/All');
    expect(within(summary).getAllByText(/in another account/)).toHaveLength(1);
    await expectAccessible();
  });

  it('copies itself as a command', async () => {
    const { user } = openReview(deploy, review([[stackReview('network')]]));
    await confirm('Deploy 1 stack');
    await user.click(await confirm('Copy as cloud command'));
    expect(await navigator.clipboard.readText()).toBe('cloud deploy DX6604E --environment dev');
  });

  it.each<[Request, string]>([
    [deploy, 'cloud deploy DX6604E --environment dev --parallel 2 --stop-on-failure'],
    [destroy, 'cloud destroy DX6604E --environment dev --parallel 2 --stop-on-failure'],
  ])('goes as fast, and stops as soon, as is wanted: %j', async (request, command) => {
    const start = vi.fn(() => new Promise(() => {}));
    const grave = request.kind === 'destroy';
    const { user } = openReview(request, review([[stackReview('network')]], { grave }), {
      start_operation: start,
    });
    await confirm('Copy as cloud command');
    await user.click(await screen.findByRole('combobox', { name: 'Stacks at once' }));
    await user.click(await screen.findByRole('option', { name: '2 at once' }));
    await user.click(screen.getByRole('checkbox', { name: 'Stop at the first failure' }));
    await expectAccessible();
    await user.click(await screen.findByRole('button', { name: 'Copy as cloud command' }));
    expect(await navigator.clipboard.readText()).toBe(command);
    if (grave) {
      await user.type(screen.getByLabelText('Type DX6604E to confirm'), 'DX6604E');
    }
    await user.click(button(/^(Deploy|Destroy) 1 stack$/));
    expect(start).toHaveBeenCalledWith(
      expect.objectContaining({ options: expect.objectContaining({ parallel: 2, stop_on_failure: true }) }),
    );
  });

  it('begins with the number that the settings say, in the choice, the command and the start alike', async () => {
    const start = vi.fn(() => new Promise(() => {}));
    const { user } = openReview(
      deploy,
      review([[stackReview('network')]], { parallel: 5, usual_parallel: 5 }),
      {
        start_operation: start,
      },
    );
    await confirm('Deploy 1 stack');
    expect(screen.getByRole('combobox', { name: 'Stacks at once' })).toHaveTextContent('5 at once');
    await user.click(await confirm('Copy as cloud command'));
    expect(await navigator.clipboard.readText()).toBe('cloud deploy DX6604E --environment dev --parallel 5');
    await user.click(button('Deploy 1 stack'));
    expect(start).toHaveBeenCalledWith(
      expect.objectContaining({ options: expect.objectContaining({ parallel: 5 }) }),
    );
  });

  it('tells the review how many at once, and shows how long it takes then', async () => {
    let view = review([[stackReview('network')]], { usually_seconds: 372 });
    const { user } = openReview(deploy, () => view, {
      pace_review: ({ parallel }) => {
        view = { ...view, parallel: Number(parallel), usually_seconds: 1200 };
        return null;
      },
    });
    await confirm('Deploy 1 stack');
    expect(screen.getByTestId('usually')).toHaveTextContent('about 6 min');
    await user.click(screen.getByRole('combobox', { name: 'Stacks at once' }));
    await user.click(await screen.findByRole('option', { name: '2 at once' }));
    await announce({ review: 'r1' });
    await waitFor(() => expect(screen.getByTestId('usually')).toHaveTextContent('about 20 min'));
    expect(screen.getByRole('combobox', { name: 'Stacks at once' })).toHaveTextContent('2 at once');
  });

  it('says so where the review cannot be told how many at once', async () => {
    const { user } = openReview(deploy, review([[stackReview('network')]]), {
      pace_review: () => {
        throw refusal('not_found', 'there is no review r1', { hint: 'review again' });
      },
    });
    await confirm('Deploy 1 stack');
    await user.click(screen.getByRole('combobox', { name: 'Stacks at once' }));
    await user.click(await screen.findByRole('option', { name: '2 at once' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('there is no review r1Review again.');
  });

  it('says how long it usually takes, where that is known, and what it asked of AWS', async () => {
    const api = [{ environment: 'dev', calls: 24, throttled: 2, per_second: 3, allowed_per_second: 8 }];
    openReview(
      deploy,
      review([[stackReview('network')]], { usually_seconds: 372, api, total: { calls: 24, throttled: 2 } }),
    );
    const summary = await screen.findByRole('region', { name: 'Summary' });
    expect(summary).toHaveTextContent('usually takes about 6 min24 calls, 2 throttled');
    expect(summary).not.toHaveTextContent('may change');
    await expectAccessible();
  });

  it('that does not fit the files any more says so, and cannot be started', async () => {
    let outdated = false;
    const asked = vi.fn(() => 'r1');
    const { user } = openReview(deploy, () => review([[stackReview('network')]], { outdated }), {
      start_review: asked,
    });
    expect(await confirm('Deploy 1 stack')).not.toHaveAttribute('aria-disabled', 'true');
    outdated = true;
    await announce({ deployment: 'DX6604E' });
    expect(await screen.findByRole('alert')).toHaveTextContent('files were changed since this review');
    expect(button('Deploy')).toHaveAttribute('aria-disabled', 'true');
    await user.click(button('Review again'));
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('tells how many of the unchanged may change after all', async () => {
    openReview(deploy, review([[stackReview('network', { action: 'unchanged' })]], { may_change: 1 }));
    const summary = await screen.findByRole('region', { name: 'Summary' });
    expect(summary).toHaveTextContent('1 unchanged1 may change, by what comes before');
  });

  it('puts what can cost most first in its layer', async () => {
    const dear = stackReview('dear', {
      changes: [resource('Table', { action: 'modify', replacement: 'yes', danger: 'loses_data' })],
    });
    openReview(deploy, review([[stackReview('a'), dear, stackReview('b')]]));
    await confirm('Deploy 3 stacks');
    const order = screen.getAllByTestId(/^review-(a|b|dear)-dev$/).map(({ dataset }) => dataset.testid);
    expect(order).toEqual(['review-dear-dev', 'review-a-dev', 'review-b-dev']);
  });

  it('that a missing dependency forbids can go on without it', async () => {
    const { user } = openReview(
      { kind: 'deploy-stack', stack: 'security', environment: 'dev', skip_dependencies: false },
      review([]),
      {
        start_review: () => {
          throw refusal('precondition', 'security needs what is not deployed in dev: network');
        },
      },
    );
    await user.click(await screen.findByRole('button', { name: 'Skip dependencies' }));
    await waitFor(() => expect(window.location.hash).toContain('skip_dependencies=true'));
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Skip dependencies' })).toBeNull());
  });

  it('of one stack has nothing to stop', async () => {
    openReview(
      { kind: 'deploy-stack', stack: 'network', environment: 'dev', skip_dependencies: false },
      review([[stackReview('network')]]),
    );
    await confirm('Deploy 1 stack');
    expect(screen.queryByRole('checkbox')).toBeNull();
  });

  it('shows a refusal as advice, and tries again', async () => {
    let refused = true;
    const { user } = openReview(deploy, review([[stackReview('network')]]), {
      start_review: () => {
        if (refused)
          throw refusal('precondition', 'compute needs database', { hint: 'Enable database first.' });
        return 'r1';
      },
    });
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'compute needs databaseEnable database first.',
    );
    expect(button('Deploy')).toHaveAttribute('aria-disabled', 'true');
    refused = false;
    await user.click(button('Review again'));
    await confirm('Deploy 1 stack');
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('without credentials leads to the access of its environment', async () => {
    const { user } = openReview(deploy, review([]), {
      start_review: () => {
        throw refusal('credentials', 'dev: there are no credentials for AWS', { hint: 'choose a profile' });
      },
      environment_settings: () => settings(),
      access: () => access(),
    });
    expect(await screen.findByRole('alert')).toHaveTextContent('Choose a profile.');
    await user.click(button('Access of dev…'));
    await screen.findByRole('dialog', { name: 'Access of dev in DX6604E' });
  });

  it('that could not be finished says why, and starts nothing', async () => {
    openReview(deploy, review([[stackReview('network')]], { problem: 'AWS does not answer.' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('AWS does not answer.');
    expect(button('Deploy')).toHaveAttribute('aria-disabled', 'true');
    expect(button('Review again')).toBeVisible();
  });

  it('stays where the start is refused, and is still discarded on leaving', async () => {
    const { user, discard } = openReview(deploy, review([[stackReview('network')]]), {
      start_operation: () => {
        throw refusal('busy', 'Another deploy holds this deployment.');
      },
    });
    await user.click(await confirm('Deploy 1 stack'));
    expect(await screen.findByRole('alert')).toHaveTextContent('Another deploy holds this deployment.');
    await user.click(screen.getByRole('link', { name: 'Cancel' }));
    await waitFor(() => expect(discard).toHaveBeenCalledWith({ review: 'r1' }));
  });
});

describe('what the manifest does not have any more', () => {
  it('is named in a review, whether it is left or destroyed, and so is what it calls otherwise', async () => {
    const text = 'dev: old-name is deployed and not in the manifest any more';
    const left = 'qa: s is deployed and not in the manifest any more';
    const planned = plan([['old-name']], {
      leaves: [{ stack: 's', environment: 'qa', status: 'deployed', text: left, command: null, hint: null }],
      renamed: [{ said: 'The manifest says project "web2".', effect: 'The list keeps "web".' }],
    });
    for (const stack of planned.layers.flat()) stack.former = text;
    openReview(
      { kind: 'destroy', environment: 'dev' },
      review([[stackReview('old-name', { action: 'delete' })]], { plan: planned }),
    );
    expect(await screen.findByText(left)).toBeVisible();
    expect(screen.getByText('The list keeps "web".')).toBeVisible();
    const row = within(await screen.findByTestId('review-old-name-dev'));
    expect(row.getByText('Not in the manifest')).toBeVisible();
    expect(row.getByText(text)).toBeInTheDocument();
  });
});

describe('the stacks of a review', () => {
  it('put what may be lost first, in the summary and inside a stack', async () => {
    const table = resource('Table', {
      action: 'modify',
      replacement: 'yes',
      resource_type: 'AWS::DynamoDB::Table',
      danger: 'loses_data',
      properties: [
        property({
          path: 'Properties.KeySchema',
          before: 'id',
          after: 'key',
          replacement: 'yes',
          cause: 'Key',
        }),
      ],
    });
    openReview(
      deploy,
      review([
        [
          stackReview('database', {
            action: 'update',
            changes: [
              resource('Alarm'),
              resource('Copy', { action: 'modify', replacement: 'yes', kept: true, danger: 'replaces' }),
              resource('Old', { action: 'remove', kept: true }),
              resource('Db', { action: 'remove', kept: true, snapshot: true, danger: 'replaces' }),
              resource('Key', { action: 'remove', danger: 'replaces' }),
              table,
            ],
          }),
          stackReview('security', {
            action: 'update',
            changes: [resource('Role', { action: 'modify', replacement: 'conditional', danger: 'replaces' })],
          }),
        ],
      ]),
    );
    const database = await stackRow('database');
    // What is kept is not at risk.
    expect(warned('Data is at risk in 1 resource')).toEqual(['Table in database is replaced']);
    expect(warned('Replaces or removes 4 resources')).toEqual([
      'Copy in database is replaced',
      'Key in database is deleted',
      'Db in database is deleted after a snapshot',
      'Role in security may be replaced',
    ]);
    expect(database).toHaveTextContent('2 replaced, 2 removed, 1 retained, 1 added Data at risk');
    // It is open from the start.
    const changes = within(within(database).getByRole('list', { name: 'Resources that change' }));
    expect(changes.getAllByRole('listitem').map((change) => change.textContent?.split('AWS::')[0])).toEqual([
      'ReplacedTable',
      'ReplacedCopy',
      'RemovedDb',
      'RemovedKey',
      'RetainedOld',
      'AddedAlarm',
    ]);
    expect(changes.getByTestId('change-Copy')).toHaveTextContent('the old one is retained');
    expect(changes.getByTestId('change-Table')).toHaveTextContent('holds data');
    expect(changes.getByTestId('change-Key')).not.toHaveTextContent('holds data');
    expect(within(database).getByRole('table', { name: 'Properties of Table' })).toHaveTextContent(
      'KeySchemaReplacedbecause of Keyidkey',
    );
    expect(
      screen.getByRole('button', { name: 'Update security 1 may be replaced Replaces or removes' }),
    ).toHaveAttribute('aria-expanded', 'false');
    await expectAccessible();
  });

  it('lay out JSON, and shorten what is long until it is asked for', async () => {
    const long = JSON.stringify({ Statement: Array.from({ length: 40 }, (_, n) => `sts:Action${n}`) });
    const change = resource('Role', {
      action: 'modify',
      properties: [
        property({ before: null, after: long }),
        property({ path: 'Tags', before: '{broken', after: '' }),
      ],
    });
    const { user } = openReview(deploy, review([[stackReview('roles', { changes: [change] })]]));
    const table = await screen.findByRole('table', { name: 'Properties of Role' });
    expect(table).toHaveTextContent('"sts:Action0"');
    expect(table).not.toHaveTextContent('sts:Action39');
    expect(table).toHaveTextContent('Tags{brokenempty');
    await user.click(within(table).getByRole('button', { name: /Show all [\d,]+ characters/ }));
    expect(table).toHaveTextContent('sts:Action39');
  });

  it('show two long values from where they part', async () => {
    const policy = (last: string) =>
      JSON.stringify({
        Action: [...Array.from({ length: 40 }, (_, n) => `sts:Action${n}`), last, 'sts:End'],
      });
    const change = resource('Role', {
      action: 'modify',
      properties: [property({ before: policy('sts:Assume'), after: policy('sts:Tag') })],
    });
    openReview(deploy, review([[stackReview('roles', { changes: [change] })]]));
    const table = await screen.findByRole('table', { name: 'Properties of Role' });
    expect(table).toHaveTextContent(/… "sts:Assume", "sts:End".*… "sts:Tag", "sts:End"/);
    expect(table).not.toHaveTextContent('sts:Action0');
  });

  it('show every parameter with its source and how sure it is', async () => {
    const outputs = { from: 'outputs', references: ['network.VpcId'] } as const;
    openReview(
      deploy,
      review([
        [
          stackReview('security', {
            by_change_set: false,
            parameters: [
              parameter('Cidr'),
              parameter('Days', { source: { from: 'default' }, value: '30' }),
              parameter('Region', {
                source: { from: 'setting', references: ['environment.region'] },
                value: 'us-east-1',
              }),
              parameter('Mode', { state: { is: 'changes' }, before: 'lax', value: 'strict' }),
              parameter('Vpc', {
                source: { ...outputs, references: ['network.VpcId'] },
                state: { is: 'may_change', after: ['network'] },
                value: 'vpc-1',
              }),
              parameter('Subnet', {
                source: { ...outputs, references: ['network.SubnetId'] },
                state: { is: 'known_after', after: ['network', 'dns'] },
                value: null,
              }),
            ],
          }),
        ],
      ]),
    );
    const table = await screen.findByRole('table', { name: 'Parameters' });
    const [, ...rows] = within(table).getAllByRole('row');
    expect(rows.map((row) => [...row.children].map((cell) => cell.textContent))).toEqual([
      ['Cidr', '10.0.0.0/16', 'literal', 'known'],
      ['Days', '30', 'default', 'known'],
      ['Region', 'us-east-1', 'environment.region', 'known'],
      ['Mode', 'laxbecomesstrict', 'literal', 'changes'],
      ['Vpc', 'vpc-1', 'network.VpcId', 'may change with network'],
      ['Subnet', 'known after network, dns', 'network.SubnetId', 'known after network, dns'],
    ]);
    expect(await stackRow('security')).toHaveTextContent(
      'Read from the template: CloudFormation is asked again when network and dns are done.',
    );
    await expectAccessible();
  });

  it('that stay as they are take one line a layer, which opens', async () => {
    const names = Array.from({ length: 40 }, (_, n) => `service-${n}`);
    const { user } = openReview(
      deploy,
      review([[stackReview('network'), ...names.map((name) => stackReview(name, unchanged))]]),
    );
    const line = await screen.findByRole('button', { name: /^40 unchanged service-0, service-1/ });
    expect(screen.queryByTestId('review-service-7-dev')).toBeNull();
    await user.click(line);
    expect(await stackRow('service-7')).toHaveAttribute('data-action', 'unchanged');
    expect(button('Deploy 1 stack')).toBeVisible();
  });

  it('that are refused by the validation say where, and lead to no stack that is not there', async () => {
    const finding = {
      refuses: true,
      name: 'PROPERTY_VALIDATION',
      line: ['stacks/network.yaml', 12],
    } as const;
    const path = '/Resources/Queue/Properties/DelaySeconds';
    openReview(
      deploy,
      review([
        [
          stackReview('network', {
            action: 'blocked',
            changes: [],
            findings: [{ ...finding, line: [...finding.line], path, reason: 'it is not a number' }],
          }),
        ],
      ]),
    );
    const row = await stackRow('network');
    const told = within(row).getByRole('region', { name: 'it is not a number' });
    expect(told).toHaveTextContent(`stacks/network.yaml:12${path}PROPERTY_VALIDATION`);
    expect(row).toHaveTextContent('Fix the cause, then review again.');
    expect(screen.queryByRole('link', { name: 'How to fix' })).toBeNull();
    await expectAccessible();
  });

  it('that the validation warns of can be deployed, and say it where nobody has to open anything', async () => {
    const path = '/Resources/Queue';
    const finding = { refuses: false, name: null, line: null, path, reason: 'the quota is nearly used up' };
    openReview(deploy, review([[stackReview('network', { findings: [finding] }), stackReview('storage')]]));
    const row = await stackRow('network');
    expect(row).toHaveTextContent('1 warning');
    expect(within(row).getByRole('region', { name: 'the quota is nearly used up' })).toHaveTextContent(path);
    expect(button('Deploy 2 stacks')).toBeVisible();
  });

  it('that are blocked say why, and lead to what helps', async () => {
    openReview(
      deploy,
      review([
        [
          stackReview('network', {
            action: 'blocked',
            changes: [],
            remarks: ['its last update could not be rolled back'],
            cloudformation_status: 'UPDATE_ROLLBACK_FAILED',
            first: [
              {
                key: { stack: 'network', environment: 'dev' },
                what: 'Continue its rollback',
                command: 'cloud repair-stack DX6604E network --environment dev --continue-rollback',
              },
            ],
          }),
        ],
      ]),
    );
    expect(await stackRow('network')).toHaveTextContent('Its last update could not be rolled back.');
    expect(screen.getByRole('link', { name: 'How to fix' })).toHaveAttribute(
      'href',
      '#/deployments/DX6604E?stack=network&environment=dev&help=true',
    );
    expect(
      screen.getByText('1 stack is blocked and will fail; those that need it are skipped.'),
    ).toBeVisible();
    expect(button('Deploy anyway')).toBeVisible();
    await expectAccessible();
  });

  it('of which some are known to fail start only where the others are wanted all the same', async () => {
    const start = vi.fn(() => 'op1');
    const foreseen = {
      file: 'stacks/network.yaml',
      at: { line: 2, column: 5 },
      key: '',
      message: 'there is no parameter or resource ‘Nope’',
      hint: '',
    };
    const view = review([[stackReview('network', { action: 'blocked', changes: [] }), stackReview('app')]]);
    const { user } = openReview(
      deploy,
      { ...view, plan: { ...view.plan, foreseen: [foreseen] } },
      { start_operation: start },
    );
    const told = await screen.findByRole('region', { name: 'Some stacks are known to fail' });
    expect(told).toHaveTextContent('stacks/network.yaml:2:5');
    const confirm = button('Deploy 1 stack');
    expect(confirm).toHaveAttribute('aria-disabled', 'true');
    await user.click(screen.getByRole('checkbox', { name: 'Deploy the other stacks all the same' }));
    await user.click(confirm);
    expect(start).toHaveBeenCalledWith(
      expect.objectContaining({ options: expect.objectContaining({ keep_going: true }) }),
    );
  });

  it('may all be as wanted: that is said, and it can be deployed anyway', async () => {
    const start = vi.fn(() => 'op1');
    const { user } = openReview(deploy, review([[stackReview('network', unchanged)]]), {
      start_operation: start,
    });
    expect(await screen.findByText('Nothing to deploy: everything is as wanted.')).toBeVisible();
    await user.click(button('Deploy anyway'));
    await waitFor(() => expect(start).toHaveBeenCalledTimes(1));
  });
});

describe('a destroy', () => {
  const gone = stackReview('network', {
    action: 'delete',
    changes: [
      resource('Vpc', { action: 'remove', physical_id: 'vpc-1', danger: 'replaces' }),
      resource('Bucket', { action: 'remove', kept: true, resource_type: 'AWS::S3::Bucket' }),
      resource('Db', { action: 'remove', kept: true, snapshot: true, resource_type: 'AWS::RDS::DBInstance' }),
    ],
    obstacles: [
      { obstacle: 'protected' },
      { obstacle: 'imported', export: 'VpcId', by: ['Legacy', 'Reports'] },
      { obstacle: 'not_empty', logical_id: 'Logs', bucket: 'logs-1' },
    ],
  });

  it('says what goes, what is retained or saved and what is in the way', async () => {
    const { user } = openReview(destroy, review([[gone]]));
    const row = await stackRow('network');
    expect(progress()).toHaveTextContent(
      '1 to delete2 resources will be gone, 1 after a snapshot: Db, 1 retained: Bucket',
    );
    for (const words of [
      'Termination protection is on',
      'Legacy and Reports import its export VpcId.',
      'The bucket logs-1 (Logs) is not empty.',
      'vpc-1',
      'Retained',
      'deleted after a snapshot',
    ]) {
      expect(row).toHaveTextContent(words);
    }
    await expectAccessible();
    await user.click(button('Switch protection off…'));
    expect(await screen.findByRole('heading', { level: 2 })).toHaveTextContent(
      'Switch off the termination protection of network of DX6604E in dev?',
    );
    expect(window.location.hash).toContain('kind=repair-stack&environment=dev&stack=network&way=unprotect');
  });

  it('says that there is nothing to delete of what is not there, and each name of what is retained once', async () => {
    const key = resource('Key', { action: 'remove', kept: true });
    const kept = ['network', 'security'].map((name) =>
      stackReview(name, { action: 'delete', changes: [key] }),
    );
    openReview(destroy, review([[...kept, stackReview('dns', unchanged)]]));
    await screen.findByRole('button', { name: '1 not there dns' });
    expect(progress()).toHaveTextContent(/^2 to delete1 not there0 resources will be gone, 2 retained: Key$/);
  });

  it('names exactly what holds data, and where', async () => {
    const hit = (name: string) => resource(name, { action: 'remove', danger: 'loses_data' });
    const of = (stack: string, environment: string, names: string[]) => ({
      ...stackReview(stack, { action: 'delete', changes: [resource('Role', lost), ...names.map(hit)] }),
      key: { stack, environment },
    });
    const stacks = [of('database', 'dev', ['Table', 'Bucket']), of('database', 'prod', ['Table'])];
    const [dev] = plan([]).environments;
    const both = plan([], {
      environments: dev ? [dev, { ...dev, name: 'prod' }] : [],
      layers: [stacks.map(({ key }) => ({ key, status: 'deployed', former: null }))],
    });
    openReview({ kind: 'destroy', environment: null }, review([stacks], { plan: both }));
    await screen.findByTestId('review-database-prod');
    expect(warned('Data is at risk in 3 resources')).toEqual([
      'Table, Bucket in database (dev) are deleted',
      'Table in database (prod) is deleted',
    ]);
    // That the rest goes is what was asked for.
    expect(screen.queryByRole('region', { name: /Replaces or removes/ })).toBeNull();
  });

  it('counts what its warning has no room for', async () => {
    const stacks = Array.from({ length: 9 }, (_, n) =>
      stackReview(`service-${n}`, {
        action: 'delete',
        changes: [
          resource('A', { ...lost, danger: 'loses_data' }),
          resource('B', { ...lost, danger: 'loses_data' }),
        ],
      }),
    );
    openReview(destroy, review([stacks]));
    await stackRow('service-8');
    expect(warned('Data is at risk in 18 resources').at(-1)).toBe('and 6 more resources');
  });

  it.each<[Request, string]>([
    [destroy, 'Destroy everything of DX6604E in dev?'],
    [{ kind: 'destroy', environment: null }, 'Destroy DX6604E in all environments?'],
    [
      { kind: 'destroy-stack', stack: 'network', environment: 'dev', force: false },
      'Destroy network of DX6604E in dev?',
    ],
  ])('wants the id typed, letter by letter: %j', async (request, title) => {
    const start = vi.fn(() => 'op1');
    const { user } = openReview(request, review([[gone]], { grave: true }), { start_operation: start });
    expect(await screen.findByRole('heading', { name: title })).toBeVisible();
    const destroyButton = await confirm('Destroy 1 stack');
    // It has the focus, so that whoever knows the id types it at once.
    expect(screen.getByRole('textbox', { name: 'Type DX6604E to confirm' })).toHaveFocus();
    await user.keyboard('DX6604{Enter}');
    expect(destroyButton).toHaveAttribute('aria-disabled', 'true');
    expect(start).not.toHaveBeenCalled();
    await user.keyboard('E{Enter}');
    await waitFor(() => expect(start).toHaveBeenCalledTimes(1));
  });

  it('takes the id in small letters, and copied from beside the field', async () => {
    const { user } = openReview(destroy, review([[gone]], { grave: true }));
    const destroyButton = await confirm('Destroy 1 stack');
    const field = screen.getByRole('textbox', { name: 'Type DX6604E to confirm' });
    await user.type(field, ' dx6604e ');
    expect(destroyButton).not.toHaveAttribute('aria-disabled', 'true');
    await user.clear(field);
    expect(destroyButton).toHaveAttribute('aria-disabled', 'true');
    await user.click(button('Copy DX6604E'));
    await user.click(field);
    await user.paste();
    expect(field).toHaveValue('DX6604E');
    expect(destroyButton).not.toHaveAttribute('aria-disabled', 'true');
    await expectAccessible();
  });

  it('leaves the focus where the user has gone meanwhile', async () => {
    let view = review([[gone]], { grave: false, done: false });
    const { user } = openReview(destroy, () => view);
    await screen.findByRole('heading', { name: 'Destroy everything of DX6604E in dev?' });
    const elsewhere = await screen.findByRole('checkbox', { name: 'Stop at the first failure' });
    await user.click(elsewhere);
    view = review([[gone]], { grave: true });
    await announce({ review: 'r1' });
    expect(await screen.findByRole('textbox', { name: 'Type DX6604E to confirm' })).not.toHaveFocus();
    expect(elsewhere).toHaveFocus();
  });

  it('names the resources that are left behind', async () => {
    openReview(
      {
        ...destroy,
        kind: 'destroy-stack',
        environment: 'dev',
        stack: 'network',
        force: false,
        deletion: { retain: ['Vpc', 'Role'], force: false },
      },
      review([[gone]]),
    );
    expect(await screen.findByText(/Left behind/)).toHaveTextContent('Left behind: Vpc, Role');
  });
});

it.each([true, false])(
  'a slip that costs much wants the id typed before a deploy, too: %s',
  async (grave) => {
    openReview(deploy, review([[stackReview('network')]], { grave }));
    expect(await confirm('Deploy 1 stack')).toHaveAttribute('aria-disabled', String(grave));
    expect(screen.queryAllByRole('textbox', { name: 'Type DX6604E to confirm' })).toHaveLength(Number(grave));
  },
);

it('a repair has no changes to show: it is the plan, what is skipped, and the question', async () => {
  const start = vi.fn(() => 'op1');
  const request: Request = {
    kind: 'repair-stack',
    stack: 'network',
    environment: 'dev',
    repair: { way: 'continue_rollback', skip: ['Queue'] },
  };
  const { user } = openReview(request, review([], { plan: plan([['network']]) }), { start_operation: start });
  expect(await screen.findByText(/^Skipped/)).toHaveTextContent('Skipped: Queue');
  expect(await stackRow('network')).toHaveTextContent('networknowNot deployed');
  await expectAccessible();
  await user.click(button('Continue the rollback'));
  await waitFor(() => expect(start).toHaveBeenCalledWith(expect.objectContaining({ request })));
});
