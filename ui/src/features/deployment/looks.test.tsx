import { type Answers, announce, from, refusal } from '@test/backend';
import { cell, detail, environment, interrupted, row, stack } from '@test/fixtures';
import { lookLogs, queueDrift } from '@test/look-fixtures';
import { button, expectAccessible, open } from '@test/render';
import { replay } from '@test/replay';
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { CellDrift, Event } from '@/api/backend';

const here = '#/deployments/DX6604E';
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const head = (name = 'dev') => screen.findByTestId(`environment-${name}`);
const unreachable = () =>
  refusal('unreachable', 'dev: CloudFormation does not answer', { hint: 'look at the network' });

/** A deployment of one stack in dev. */
const one = (change: Parameters<typeof cell>[0] = {}, checked_at: string | null = ago(12)) =>
  detail({
    environments: [environment({ checked_at })],
    stacks: [stack('network', { cells: [cell({ status: 'deployed', checked_at, ...change })] })],
  });

/** The operations that looks leave in the log. */
const logged = {
  operation: ({ operation }: Record<string, unknown>) => replay(lookLogs[String(operation)] ?? []),
  operation_events: (args: Record<string, unknown>) =>
    from(lookLogs[String(args.operation)] as Event[], args),
};

const openPanel = (answers: Answers) => open(`${here}?stack=network&environment=dev`, answers);
const driftPart = () => screen.findByTestId('drift');

describe('a refresh', () => {
  it('says how old the statuses are, also as time goes by', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const asked = vi.fn(() => one());
    open(here, { deployment: asked });
    expect(await head()).toHaveTextContent('Checked 10 s ago');
    await vi.advanceTimersByTimeAsync(50_000);
    expect(await head()).toHaveTextContent('Checked 1 min ago');
    expect(asked).toHaveBeenCalledTimes(1);
    vi.useRealTimers();
  });

  it('has not been made of what was never asked for', async () => {
    openPanel({ deployment: () => one({}, null) });
    expect(await head()).toHaveTextContent('Not checked yet');
    expect(screen.getByRole('complementary')).toHaveTextContent('As ofNot checked yet');
  });

  it('asks for one environment, and shows what it mended', async () => {
    let answer = (_: unknown) => {};
    const refresh = vi.fn(() => new Promise((resolve) => (answer = resolve)));
    const { user } = open(here, { deployment: () => one(), refresh_deployment: refresh, ...logged });
    await user.click(await screen.findByRole('button', { name: 'Refresh dev from CloudFormation' }));
    expect(refresh).toHaveBeenCalledWith({ id: 'DX6604E', environment: 'dev' });
    expect(within(await head()).getByRole('status')).toHaveTextContent('Asking CloudFormation…');
    await expectAccessible();
    answer({ operation: 'op-refresh', mended: [] });
    const panel = await screen.findByTestId('operation');
    await waitFor(() => expect(panel).toHaveTextContent('Refresh in dev'));
    expect(panel).toHaveTextContent('2 stacks mended');
    expect(screen.getByTestId('mended-security-dev')).toHaveTextContent(
      'securityDeployedIt was changed outside Skydeck.',
    );
    expect(screen.getByTestId('mended-roles-dev')).toHaveTextContent('FailedDeployed');
    expect(within(panel).queryByRole('progressbar')).toBeNull();
    expect(within(await head()).queryByRole('status')).toBeNull();
    await expectAccessible();
  });

  it('of all environments is in the menu', async () => {
    const refresh = vi.fn(() => ({ operation: null, mended: [] }));
    const { user } = open(here, { deployment: () => one(), refresh_deployment: refresh });
    await user.click(await screen.findByRole('button', { name: 'More actions for the deployment' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Refresh from CloudFormation' }));
    expect(refresh).toHaveBeenCalledWith({ id: 'DX6604E', environment: null });
  });

  it('that is not answered keeps the last known state, as such, with its age and what to do', async () => {
    let offline = true;
    const { user } = openPanel({
      deployment: () => one({}, ago(2 * 3600)),
      refresh_deployment: () => {
        if (offline) throw unreachable();
        return { operation: null, mended: [] };
      },
    });
    await user.click(await screen.findByRole('button', { name: 'Refresh from CloudFormation' }));
    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent('dev: CloudFormation does not answerLook at the network.');
    expect(alert).toHaveTextContent(
      'What is shown is how the stacks stood when CloudFormation last answered.',
    );
    expect(await head()).toHaveTextContent('Last known state, 2 h ago');
    expect(screen.getByRole('complementary')).toHaveTextContent('Last known state, 2 h ago');
    expect(screen.getByTestId('cell-network-dev')).toHaveTextContent('Deployed');
    await expectAccessible();
    offline = false;
    await user.click(within(alert).getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(screen.queryByRole('alert')).toBeNull());
    expect(await head()).toHaveTextContent('Checked 2 h ago');
  });

  it('of all that is not answered is told of each environment that was not checked since', async () => {
    const environments = [environment({ checked_at: ago(3600) }), environment({ name: 'prod' })];
    const { user } = open(here, {
      deployment: () => detail({ environments }),
      refresh_deployment: async () => {
        environments[1] = environment({ name: 'prod', checked_at: new Date().toISOString() });
        await announce({ deployment: 'DX6604E' });
        throw unreachable();
      },
    });
    await user.click(await screen.findByRole('button', { name: 'More actions for the deployment' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Refresh from CloudFormation' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('What is shown is how the stacks stood');
    await waitFor(async () => expect(await head('prod')).toHaveTextContent('Checked just now'));
    expect(await head('dev')).toHaveTextContent('Last known state, 1 h ago');
  });

  it('that an operation keeps out is advice: what is shown is the truth', async () => {
    const { user } = open(here, {
      deployment: () => one(),
      refresh_deployment: () => {
        throw refusal('busy', 'deploy runs on this deployment', { hint: 'wait for its end' });
      },
    });
    await user.click(await screen.findByRole('button', { name: 'Refresh dev from CloudFormation' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('deploy runs on this deployment');
    expect(screen.getByRole('alert')).not.toHaveTextContent('What is shown');
    expect(await head()).toHaveTextContent('Checked 10 s ago');
  });

  it('is offered where an operation was cut off and CloudFormation could not be asked', async () => {
    const problem = 'the last operation was cut off before its end';
    const refresh = vi.fn(() => Promise.reject(unreachable()));
    const { user } = open(here, {
      deployment: () => detail({ row: row({ problem, interrupted: interrupted(), status: 'unknown' }) }),
      refresh_deployment: refresh,
    });
    const notice = await screen.findByRole('region', { name: problem });
    await user.click(within(notice).getByRole('button', { name: 'Ask CloudFormation' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('CloudFormation does not answer');
    await expectAccessible();
  });
});

it('what others did to a stack is marked in its cell; why one failed is not told as that', async () => {
  open(here, {
    deployment: () =>
      detail({
        stacks: [
          stack('network', {
            cells: [
              cell({ status: 'destroyed', reason: 'it was deleted outside Skydeck', outside: 'deleted' }),
            ],
          }),
          stack('security', { cells: [cell({ status: 'failed', reason: 'Sg: not allowed' })] }),
          stack('storage', { cells: [cell({ status: 'not_deployed', reason: 'a change set is left' })] }),
        ],
      }),
  });
  const remark = within(await screen.findByTestId('cell-network-dev')).getByTitle(
    'It was deleted outside Skydeck.',
  );
  expect(remark).toHaveTextContent('Deleted outside');
  expect(remark.querySelector('svg')).not.toBeNull();
  const failure = within(screen.getByTestId('cell-security-dev')).getByTitle('Sg: not allowed');
  expect(failure.querySelector('svg')).toBeNull();
  // What is only to be known is not told as the doing of others.
  expect(screen.getByTestId('cell-storage-dev')).toHaveTextContent('A change set is left.');
  expect(screen.getByTestId('cell-storage-dev')).not.toHaveTextContent('outside');
});

describe('drift', () => {
  const checked = (change: Partial<CellDrift>): CellDrift => ({
    status: 'in_sync',
    checked_at: ago(185),
    reason: null,
    resources: [],
    ...change,
  });
  const drifted = checked({ status: 'drifted', resources: ['Queue', 'DeadLetterQueue'] });

  it.each<[CellDrift, string]>([
    [checked({}), 'In sync·3 min ago'],
    [drifted, '2 resources drifted·3 min ago'],
    [checked({ status: 'drifted', resources: ['Queue'] }), '1 resource drifted·3 min ago'],
    [checked({ status: 'not_checked', reason: 'no support' }), 'Not compared·3 min ago'],
    [checked({ status: 'unknown' }), 'Partly compared·3 min ago'],
    [checked({ status: 'wobbly' }), 'wobbly·3 min ago'],
  ])('shows in the cell with a word: %#', async (drift, words) => {
    open(here, { deployment: () => one({ drift }) });
    expect(await screen.findByTestId('cell-network-dev')).toHaveTextContent(words);
  });

  it('is asked for in the panel, which says what it costs and that it is under way', async () => {
    let drift: CellDrift | null = null;
    let answer = () => {};
    const detect = vi.fn(() => new Promise((resolve) => (answer = () => resolve({ stacks: [] }))));
    const { user } = openPanel({ deployment: () => one({ drift }), detect_drift: detect });
    expect(await driftPart()).toHaveTextContent('Not compared with its template since it last changed.');
    expect(await driftPart()).toHaveTextContent('that can take minutes');
    await user.click(button('Detect drift of network in dev'));
    expect(detect).toHaveBeenCalledWith({ id: 'DX6604E', environment: 'dev', stack: 'network' });
    expect(within(await driftPart()).getByRole('status')).toHaveTextContent('Comparing with the template…');
    await expectAccessible();
    // Whoever leaves and comes back finds it still under way.
    await user.keyboard('{Escape}');
    await user.click(button('network in dev: Deployed'));
    expect(await driftPart()).toHaveTextContent('Comparing with the template…');
    drift = checked({});
    answer();
    await announce({ deployment: 'DX6604E' });
    await waitFor(async () => expect(await driftPart()).toHaveTextContent('In sync· checked 3 min ago'));
    expect(button('Detect drift of network in dev')).toBeVisible();
  });

  it('lists what differs: deleted resources first, then property by property', async () => {
    const key = { stack: 'network', environment: 'dev' };
    openPanel({
      deployment: () => one({ drift: drifted }),
      stack_drift: () => ({
        operation: 'op-drift',
        checked_at: ago(185),
        stacks: [{ key, drift: queueDrift }],
      }),
    });
    const list = await screen.findByRole('list', { name: 'Resources that differ' });
    expect([...list.children].map(({ children: [first] }) => first?.textContent)).toEqual([
      'DeadLetterQueueDeletedAWS::SQS::QueueDX6604E-messaging-dev-DeadLetterQueue',
      expect.stringContaining('QueueChanged'),
    ]);
    const properties = within(list).getByRole('list', { name: 'Properties of Queue that differ' });
    const [timeout, tag, policy] = within(properties).getAllByRole('listitem');
    expect(timeout).toHaveTextContent('/VisibilityTimeoutExpected60Actual300');
    expect(tag).toHaveTextContent('Expectednot in the templateActual{');
    expect(policy).toHaveTextContent('Actualremoved');
    expect(within(properties).getByRole('button', { name: /^Show all/ })).toBeVisible();
    await expectAccessible();
  });

  it('that could not be compared says why', async () => {
    const reason = 'CloudFormation compares no stack in ROLLBACK_COMPLETE';
    openPanel({ deployment: () => one({ drift: checked({ status: 'not_checked', reason }) }) });
    expect(await driftPart()).toHaveTextContent(`Not compared· checked 3 min ago${reason}.`);
    expect(screen.queryByRole('list', { name: 'Resources that differ' })).toBeNull();
  });

  it.each([
    [
      'tells where it can be seen',
      () => ({
        stacks: [
          {
            key: { stack: 'network', environment: 'dev' },
            drift: { status: 'in_sync', reason: null, resources: [] },
          },
        ],
        operation: null,
      }),
      'network in dev: In sync',
    ],
    [
      'tells why it was not done',
      () => {
        throw unreachable();
      },
      'The stacks could not be compared',
    ],
  ])('that is asked for out of sight of its panel %s', async (_, detect_drift, said) => {
    const { user } = open('#/deployments/DX6604E', { deployment: () => one({}), detect_drift });
    await screen.findByTestId('deployment-status');
    await user.keyboard('{Control>}k{/Control}');
    await screen.findByRole('combobox', { name: /^Find an action/ });
    await user.keyboard('detect drift of network');
    await user.keyboard('{Enter}');
    const toast = await screen.findByTestId('toast');
    expect(toast).toHaveTextContent(said);
    await user.click(within(toast).getByRole('button', { name: 'Show' }));
    expect(window.location.hash).toContain('stack=network&environment=dev');
  });

  it('that could not be asked for keeps what was found before', async () => {
    const { user } = openPanel({
      deployment: () => one({ drift: checked({}) }),
      detect_drift: () => {
        throw unreachable();
      },
    });
    await user.click(await screen.findByRole('button', { name: 'Detect drift of network in dev' }));
    expect(await within(await driftPart()).findByRole('alert')).toHaveTextContent('Look at the network.');
    expect(await driftPart()).toHaveTextContent('In sync');
  });

  it.each([true, false])('is asked only of a stack that may exist: %s', async (may_exist) => {
    openPanel({ deployment: () => one({ may_exist }) });
    await screen.findByRole('complementary');
    expect(screen.queryAllByTestId('drift')).toHaveLength(Number(may_exist));
  });

  it('of a whole environment says what it costs, and shows each stack', async () => {
    let answer = (_: unknown) => {};
    const detect = vi.fn(() => new Promise((resolve) => (answer = resolve)));
    const { user } = open(here, { deployment: () => one(), detect_drift: detect, ...logged });
    await user.click(await screen.findByRole('button', { name: 'More actions for dev' }));
    const entry = await screen.findByRole('menuitem', { name: 'Detect drift in dev' });
    expect(entry).toHaveTextContent('that can take minutes');
    await expectAccessible();
    await user.click(entry);
    expect(detect).toHaveBeenCalledWith({ id: 'DX6604E', environment: 'dev', stack: null });
    expect(await head()).toHaveTextContent('Comparing with the templates…');
    answer({ operation: 'op-drift', checked_at: ago(0), stacks: [] });
    const panel = await screen.findByTestId('operation');
    await waitFor(() => expect(panel).toHaveTextContent('1 of 4 stacks drifted'));
    expect(screen.getByTestId('compared-network-dev')).toHaveTextContent('In sync');
    expect(screen.getByTestId('compared-monitoring-dev')).toHaveTextContent('Not compared');
    await user.click(within(panel).getByRole('button', { name: 'What differs in messaging' }));
    expect(within(panel).getByTestId('drift-DeadLetterQueue')).toHaveTextContent('Deleted');
    await expectAccessible();
  });

  it('of a whole environment that could not be asked for says so above the grid', async () => {
    const { user } = open(here, {
      deployment: () => one(),
      detect_drift: () => {
        throw unreachable();
      },
    });
    await user.click(await screen.findByRole('button', { name: 'More actions for dev' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Detect drift in dev' }));
    const alert = await screen.findByRole('alert');
    expect(within(alert).getByRole('button', { name: 'Try again' })).toBeVisible();
    expect(await head()).toHaveTextContent('Checked 10 s ago');
  });
});
