import { announce, refusal } from '@test/backend';
import { cell, detail, environment, row, stack, summary } from '@test/fixtures';
import { button, expectAccessible, open } from '@test/render';
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { Dependent } from '@/api/backend';

const here = '#/deployments/DX6604E';
const refused = 'security needs network, which is not deployed in dev; deploy it first';

const two = detail({
  environments: [
    environment({ deployed: 1, enabled: 2 }),
    environment({
      name: 'prod',
      target: 'aws',
      account: '210987654321',
      region: 'eu-central-1',
      deploy: { refused: 'an operation runs' },
    }),
  ],
  stacks: [
    stack('network', {
      cells: [
        cell({
          status: 'deployed',
          last_updated: new Date(Date.now() - 185_000).toISOString(),
          outputs: { VpcId: 'vpc-1' },
        }),
        cell({ environment: 'prod' }),
      ],
    }),
    stack('security', {
      needs: ['network'],
      cells: [
        cell({ enabled: false, deploy: { refused } }),
        cell({ environment: 'prod', status: 'failed', reason: 'Sg: not allowed', enabled: null }),
      ],
    }),
  ],
});

describe('the deployment', () => {
  it('shows its own status with what it means, and each stack’s beside it', async () => {
    open(here, { deployment: () => two });
    expect(await screen.findByTestId('deployment-status')).toHaveTextContent('Initialized');
    expect(screen.getByText('Created; no full deploy has run yet.')).toBeVisible();
    const deployed = screen.getByTestId('cell-network-dev');
    expect(deployed).toHaveAttribute('data-status', 'deployed');
    expect(deployed).toHaveTextContent('Deployed');
    expect(deployed).toHaveTextContent('Enabled: Yes·3 min ago');
    expect(screen.getByTestId('cell-security-dev')).toHaveTextContent('Enabled: No');
    expect(screen.getByTestId('cell-security-prod')).toHaveTextContent('Sg: not allowed');
    expect(screen.getByTestId('cell-security-prod')).not.toHaveTextContent('Enabled');
    await expectAccessible();
  });

  it('marks a sandbox, and names account and region of the rest', async () => {
    open(here, { deployment: () => two });
    expect(await screen.findByTestId('environment-dev')).toHaveTextContent('devSANDBOX000000000000us-east-1');
    expect(screen.getByTestId('environment-dev')).toHaveTextContent('1 of 2 deployed');
    expect(screen.getByTestId('environment-prod')).toHaveTextContent('prodAWS210987654321eu-central-1');
  });

  it('tells what a stack needs and what needs it, as its environment has it', async () => {
    const dependent = (name: string, needs: string[]): Dependent => ({
      stack: name,
      status: 'deployed',
      since: null,
      enabled: true,
      former: false,
      needs,
      reasons: Object.fromEntries(needs.map((need) => [need, ['imports shared-arn', 'depends_on']])),
      blocked_by: [],
    });
    const asked = vi.fn(() => [dependent('network', []), dependent('storage', ['network'])]);
    open(`${here}?stack=network&environment=dev`, { deployment: () => two, dependencies: asked });
    const panel = await screen.findByRole('complementary', { name: 'network in dev' });
    expect(await within(panel).findByRole('region', { name: 'Needs' })).toHaveTextContent('No other stack');
    expect(within(panel).getByRole('region', { name: 'Needed by' })).toHaveTextContent(
      'storageimports shared-arn, depends_onDeployed',
    );
    expect(asked).toHaveBeenCalledWith({ id: 'DX6604E', environment: 'dev' });
  });

  it('keeps a refused action in reach and says why', async () => {
    const { user } = open(here, { deployment: () => two });
    await screen.findByTestId('cell-security-dev');
    const deploy = button('Deploy stack security in dev');
    expect(deploy).toHaveAttribute('aria-disabled', 'true');
    expect(deploy).toHaveAccessibleDescription(refused);
    await user.click(deploy);
    expect(window.location.hash).toBe(here);
    expect(button('Deploy prod')).toHaveAccessibleDescription('an operation runs');
    expect(button('Deploy dev')).not.toHaveAttribute('aria-disabled', 'true');
  });

  it.each([
    ['Deploy dev', { kind: 'deploy', environment: 'dev' }],
    [
      'Deploy stack network in dev',
      { kind: 'deploy-stack', stack: 'network', environment: 'dev', skip_dependencies: false },
    ],
    [
      'Destroy stack network in dev',
      { kind: 'destroy-stack', stack: 'network', environment: 'dev', force: false },
    ],
  ])('asks for a review: %s', async (name, request) => {
    const asked = vi.fn(() => new Promise(() => {}));
    const { user } = open(here, { deployment: () => two, start_review: asked });
    await user.click(await screen.findByRole('button', { name }));
    await screen.findByTestId('review');
    expect(asked).toHaveBeenCalledWith({ id: 'DX6604E', request });
  });

  it.each([
    ['More actions for prod', 'Destroy prod…', 'prod'],
    ['More actions for the deployment', 'Destroy all environments…', null],
  ])('destroys from a menu: %s', async (menu, item, environmentName) => {
    const asked = vi.fn(() => new Promise(() => {}));
    const { user } = open(here, { deployment: () => two, start_review: asked });
    await user.click(await screen.findByRole('button', { name: menu }));
    await user.click(await screen.findByRole('menuitem', { name: item }));
    await screen.findByTestId('review');
    expect(asked).toHaveBeenCalledWith({
      id: 'DX6604E',
      request: { kind: 'destroy', environment: environmentName },
    });
  });

  it('opens a cell beside the grid, with its outputs to copy, and gives the focus back', async () => {
    const { user } = open(here, { deployment: () => two });
    await user.click(await screen.findByRole('button', { name: 'network in dev: Deployed' }));
    const panel = await screen.findByRole('complementary', { name: 'network in dev' });
    expect(within(panel).getByRole('heading', { name: 'network in dev' })).toHaveFocus();
    expect(window.location.hash).toContain('stack=network&environment=dev');
    await user.click(within(panel).getByRole('tab', { name: 'Outputs' }));
    expect(window.location.hash).toContain('tab=outputs');
    await user.click(within(panel).getByRole('button', { name: 'Copy VpcId' }));
    expect(await navigator.clipboard.readText()).toBe('vpc-1');
    await expectAccessible();
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('complementary')).toBeNull();
    expect(button('network in dev: Deployed')).toHaveFocus();
  });

  it('lists what is wrong with the manifest, each with its place, and opens the file', async () => {
    const problem = {
      file: 'deployment-manifest.yaml',
      at: { line: 31, column: 7 },
      key: 'stacks.security.depends_on',
      message: 'there is no stack ‘netwrk’',
      hint: 'did you mean network?',
    };
    const opened = vi.fn(() => null);
    const warning = { ...problem, file: 'stacks/s.yaml', message: 'the key ‘Type’ stands twice' };
    const { user } = open(here, {
      deployment: () => detail({ problems: [problem], warnings: [warning] }),
      open_file: opened,
    });
    const banner = await screen.findByRole('region', { name: '1 problem in the manifest and its templates' });
    expect(banner).toHaveTextContent('A deploy that needs what is wrong is refused until it is corrected.');
    expect(banner).toHaveTextContent('deployment-manifest.yaml:31:7');
    for (const text of [problem.key, problem.message, problem.hint]) expect(banner).toHaveTextContent(text);
    await user.click(within(banner).getByRole('button', { name: 'Open in editor' }));
    expect(opened).toHaveBeenCalledWith({ id: 'DX6604E', file: 'deployment-manifest.yaml' });
    const warnings = screen.getByRole('region', { name: '1 warning about the manifest and its templates' });
    expect(warnings).toHaveTextContent('stacks/s.yaml:31:7');
    expect(warnings).toHaveTextContent('stands twice');
  });

  it('lists the history, and an operation that was cut off as such', async () => {
    open(here, {
      deployment: () =>
        detail({
          operations: [
            summary({ kind: 'destroy-stack', stack: 'network', outcome: 'failed' }),
            summary({ id: 'cut', outcome: null, ended_at: null }),
          ],
        }),
    });
    const table = await screen.findByRole('table', { name: 'History' });
    const [, first, second] = within(table).getAllByRole('row');
    expect(first).toHaveTextContent('Destroy stack networkdev');
    expect(first).toHaveTextContent('ana@workstation, app 0.1.0Failed2:07');
    expect(second).toHaveTextContent('Cut off–');
  });

  it('lists the latest operations, and all of them on request', async () => {
    const many = Array.from({ length: 60 }, (_, n) => summary({ id: `op${n}` }));
    const { user } = open(here, {
      deployment: () => detail({ operations: many.slice(0, 50) }),
      history: () => many,
    });
    const table = await screen.findByRole('table', { name: 'History' });
    const rows = () => within(table).getAllByRole('row').length - 1;
    expect(rows()).toBe(8);
    await user.click(button('Show all'));
    await waitFor(() => expect(rows()).toBe(60));
    await user.click(button('Show fewer'));
    expect(rows()).toBe(8);
  });

  it('tells looks at CloudFormation from operations on stacks', async () => {
    open(here, {
      deployment: () =>
        detail({
          operations: [
            summary({ id: 'a', kind: 'refresh' }),
            summary({ id: 'b', kind: 'drift', outcome: 'failed' }),
          ],
        }),
    });
    expect(await screen.findByTestId('history-a')).toHaveTextContent('Refreshdev');
    expect(screen.getByTestId('history-a')).toHaveTextContent('Mended');
    expect(screen.getByTestId('history-b')).toHaveTextContent('Failed');
  });

  it('ticks its ages without asking the backend', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const asked = vi.fn(() => two);
    open(here, { deployment: asked });
    expect(await screen.findByText('3 min ago')).toBeVisible();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(screen.getByText('4 min ago')).toBeVisible();
    expect(asked).toHaveBeenCalledTimes(1);
    vi.useRealTimers();
  });

  it('follows the files, and says what became of a deployment that is gone', async () => {
    let there = true;
    open(here, {
      deployment: () => {
        if (!there) throw refusal('not_found', 'There is no deployment DX6604E.');
        return detail({ row: row({ status: 'deployed' }) });
      },
    });
    expect(await screen.findByTestId('deployment-status')).toHaveTextContent('Deployed');
    there = false;
    await announce({ deployment: 'DX6604E' });
    await waitFor(() =>
      expect(screen.getByRole('alert')).toHaveTextContent('There is no deployment DX6604E.'),
    );
  });
});
