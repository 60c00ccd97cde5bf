import { announce, refusal } from '@test/backend';
import { detail, machineSettings, row } from '@test/fixtures';
import { cellTexts, expectAccessible, open } from '@test/render';
import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { deploymentRoute, navigate } from '@/router';

const rows = [
  row({
    deployment_id: 'DX6604E',
    project: 'live-test-6',
    status: 'initialized',
    created_at: '2025-10-30T00:46:48Z',
  }),
  row({
    deployment_id: 'DTEST03',
    organization: 'DemoOrg',
    project: 'demo-v41',
    domain: null,
    status: 'deployed',
    created_at: '2025-10-29T00:00:00Z',
  }),
  row({
    deployment_id: 'DX4NGF1',
    project: 'live-test-10',
    status: 'partial',
    created_at: '2025-10-31T00:00:00Z',
  }),
];
const table = () => screen.findByRole('grid', { name: 'Deployments' });
const ids = async () => cellTexts(await table()).map(([, id]) => id);
const at = (id: string) => screen.getByTestId(`deployment-${id}`);
const chosen = () =>
  screen
    .getAllByRole('row', { selected: true })
    .map((element) => element.dataset.testid?.replace('deployment-', ''));

describe('the table of deployments', () => {
  it('has the addendum’s columns in their order, then how old, where and how far', async () => {
    open('#/', { list_deployments: () => rows });
    const heads = within(await table()).getAllByRole('columnheader');
    expect(heads.map((head) => head.textContent)).toEqual([
      '',
      'Deployment ID',
      'Organization',
      'Project',
      'Status',
      'Created',
      'Checked',
      'Environments',
      'Progress',
    ]);
    expect(cellTexts(await table())[0]).toEqual([
      '',
      'DX4NGF1',
      'LiveTestOrg',
      'live-test-10',
      'Partial',
      '2025-10-31',
      'never',
      'SANDBOXdev',
      '',
    ]);
    await expectAccessible();
  });

  it('shows the newest first, and sorts by a column as people count', async () => {
    const { user } = open('#/', { list_deployments: () => rows });
    await waitFor(async () => expect(await ids()).toEqual(['DX4NGF1', 'DX6604E', 'DTEST03']));
    await user.click(screen.getByRole('button', { name: 'Project' }));
    expect(await ids()).toEqual(['DTEST03', 'DX6604E', 'DX4NGF1']);
    expect(screen.getByRole('columnheader', { name: 'Project' })).toHaveAttribute('aria-sort', 'ascending');
    await user.click(screen.getByRole('button', { name: 'Project' }));
    expect(await ids()).toEqual(['DX4NGF1', 'DX6604E', 'DTEST03']);
    expect(window.location.hash).toContain('sort=project.desc');
  });

  it('filters by text after / and by status, keeps both in the address, and says when nothing is left', async () => {
    const { user } = open('#/', { list_deployments: () => rows });
    await table();
    await user.keyboard('/');
    expect(screen.getByRole('searchbox', { name: 'Filter deployments' })).toHaveFocus();
    await user.keyboard('LIVE test');
    await waitFor(async () => expect(await ids()).toEqual(['DX4NGF1', 'DX6604E']));
    await user.click(screen.getByRole('combobox', { name: 'Status' }));
    await user.click(await screen.findByRole('option', { name: 'Initialized' }));
    expect(await ids()).toEqual(['DX6604E']);
    expect(window.location.hash).toBe('#/deployments?filter=LIVE+test&status=initialized');
    await user.clear(screen.getByRole('searchbox'));
    await user.type(screen.getByRole('searchbox'), 'nothing like it');
    expect(await screen.findByText('No deployment matches the filter.')).toBeVisible();
    await waitFor(() => expect(window.location.hash).toContain('filter=nothing+like+it'));
    await user.click(screen.getByRole('button', { name: 'Clear' }));
    await waitFor(async () => expect(await ids()).toHaveLength(3));
    expect(screen.getByRole('searchbox')).toHaveValue('');
    await waitFor(() => expect(window.location.hash).toBe('#/deployments'));
  });

  it('keeps what was typed last for coming back, however soon a row is opened', async () => {
    const { user } = open('#/', { list_deployments: () => rows, deployment: () => new Promise(() => {}) });
    await table();
    await user.type(screen.getByRole('searchbox'), 'demo');
    await user.click(within(at('DTEST03')).getByText('demo-v41'));
    expect(window.location.hash).toBe('#/deployments/DTEST03');
    window.history.back();
    await waitFor(() => expect(window.location.hash).toBe('#/deployments?filter=demo'));
    expect(await screen.findByRole('searchbox')).toHaveValue('demo');
  });

  it('filters by organization and environment, and finds words of both', async () => {
    const spread = [
      row({
        deployment_id: 'DREAL01',
        organization: 'Acme',
        environments: [
          { name: 'dev', target: 'sandbox', former: false },
          { name: 'prod', target: 'aws', former: false },
        ],
      }),
      row({
        deployment_id: 'DSTAGE1',
        organization: 'Acme',
        environments: [{ name: 'stage', target: 'aws', former: false }],
      }),
      row({
        deployment_id: 'DNONE01',
        organization: 'Zeta',
        environments: [{ name: 'old', target: null, former: false }],
      }),
    ];
    const { user } = open('#/deployments?organization=Acme', { list_deployments: () => spread });
    await waitFor(async () => expect(await ids()).toEqual(['DREAL01', 'DSTAGE1']));
    expect(cellTexts(await table())[0]?.[7]).toBe('SANDBOXdevAWSprod');
    await user.click(screen.getByRole('combobox', { name: 'Environment' }));
    const options = await screen.findAllByRole('option');
    expect(options.map((option) => option.textContent)).toEqual([
      'Any environment',
      'dev',
      'old',
      'prod',
      'stage',
    ]);
    await user.click(screen.getByRole('option', { name: 'prod' }));
    expect(await ids()).toEqual(['DREAL01']);
    expect(window.location.hash).toBe('#/deployments?organization=Acme&environment=prod');
    expect(screen.getByText('1 of 3 deployments')).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Clear' }));
    await user.type(screen.getByRole('searchbox'), 'aws stage');
    await waitFor(async () => expect(await ids()).toEqual(['DSTAGE1']));
    await expectAccessible();
  });

  it('says how old a status is, and sorts by it', async () => {
    const checked_at = new Date(Date.now() - 180_000).toISOString();
    const { user } = open('#/', {
      list_deployments: () => [...rows, row({ deployment_id: 'DFRESH1', checked_at })],
    });
    await table();
    expect(within(at('DFRESH1')).getByText('3 min ago')).toBeVisible();
    expect(within(at('DTEST03')).getByText('never')).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Checked' }));
    expect((await ids())[0]).toBe('DFRESH1');
  });

  it('moves by arrows, Home and End, and opens by Enter', async () => {
    const { user } = open('#/', { list_deployments: () => rows, deployment: () => new Promise(() => {}) });
    await table();
    at('DX4NGF1').focus();
    await user.keyboard('{ArrowDown}');
    await waitFor(() => expect(at('DX6604E')).toHaveFocus());
    await user.keyboard('{End}');
    await waitFor(() => expect(at('DTEST03')).toHaveFocus());
    await user.keyboard('{ArrowDown}{Home}{ArrowUp}');
    await waitFor(() => expect(at('DX4NGF1')).toHaveFocus());
    await user.keyboard('{Enter}');
    expect(window.location.hash).toBe('#/deployments/DX4NGF1');
  });

  it('shows what runs, and what is wrong with a folder', async () => {
    open('#/', {
      list_deployments: () => [
        row({
          running: {
            operation: 'op',
            kind: 'deploy',
            environment: 'dev',
            done: 3,
            total: 6,
            started_at: new Date(Date.now() - 75_000).toISOString(),
            elsewhere: null,
          },
        }),
        row({
          deployment_id: 'DBROKEN',
          status: 'unknown',
          created_at: null,
          problem: 'The metadata file is empty.',
        }),
      ],
    });
    const running = within(await screen.findByTestId('deployment-DX6604E'));
    expect(at('DX6604E')).toHaveTextContent(/3 of 6 · 1:1\d/);
    expect(running.getByRole('progressbar', { name: 'Deploy dev' })).toHaveAttribute('aria-valuenow', '50');
    const broken = within(screen.getByTestId('deployment-DBROKEN'));
    expect(broken.getByText('The metadata file is empty.')).toBeVisible();
    expect(broken.getByText('Unknown')).toBeVisible();
    await expectAccessible();
  });

  it('invites to the first deployment where there is none', async () => {
    open('#/', { list_deployments: () => [] });
    expect(await screen.findByRole('link', { name: 'Create the first deployment' })).toHaveAttribute(
      'href',
      '#/new',
    );
    expect(screen.getByText(/Start in the sandbox/)).toBeVisible();
    await expectAccessible();
  });

  it('lets another folder be chosen before there is one', async () => {
    const update = vi.fn(() => null);
    const choose = vi.fn(() => '/srv/all');
    const { user } = open('#/', {
      list_deployments: () => [],
      update_settings: update,
      choose_folder: choose,
    });
    const folder = within(await screen.findByRole('region', { name: 'Deployments folder' }));
    const { root } = machineSettings();
    expect(folder.getByText(root)).toBeVisible();
    await user.click(folder.getByRole('button', { name: 'Choose another folder…' }));
    await waitFor(() => expect(update).toHaveBeenCalledWith({ patch: { root: '/srv/all' } }));
    expect(choose).toHaveBeenCalledWith({ title: 'Folder for deployments', from: root });
  });

  it('names a folder that is gone, looks again, and begins nothing there unasked', async () => {
    let gone = true;
    const begun = vi.fn(() => null);
    const { user } = open('#/', {
      list_deployments: () => {
        if (gone) throw refusal('root_gone', 'the deployments folder /mnt/disk is not there');
        return rows;
      },
      get_settings: () => ({ ...machineSettings(), root: '/mnt/disk' }),
      begin_anew: begun,
    });
    expect(
      await screen.findByRole('heading', { name: 'The deployments folder cannot be found' }),
    ).toBeVisible();
    const folder = within(await screen.findByRole('region', { name: 'Deployments folder' }));
    expect(folder.getByText('/mnt/disk')).toBeVisible();
    expect(folder.getByRole('button', { name: 'Choose another folder…' })).toBeVisible();
    expect(screen.getByRole('alert')).toHaveTextContent('/mnt/disk is not there');
    expect(screen.queryByRole('link', { name: 'Create the first deployment' })).toBeNull();
    await expectAccessible();
    gone = false;
    await user.click(screen.getByRole('button', { name: 'Look again' }));
    await table();
    expect(begun).not.toHaveBeenCalled();
  });

  it('chooses many by keys', async () => {
    const { user } = open('#/', { list_deployments: () => rows });
    await table();
    expect(screen.queryByRole('region', { name: 'Actions for the chosen deployments' })).toBeNull();
    at('DX4NGF1').focus();
    await user.keyboard('{Shift>}{ArrowDown}{/Shift}');
    await waitFor(() => expect(at('DX6604E')).toHaveFocus());
    expect(chosen()).toEqual(['DX4NGF1', 'DX6604E']);
    await user.keyboard('{Shift>}{ArrowUp}{/Shift}');
    expect(chosen()).toEqual(['DX4NGF1']);
    await user.keyboard('{End}');
    await waitFor(() => expect(at('DTEST03')).toHaveFocus());
    await user.keyboard(' ');
    expect(chosen()).toEqual(['DX4NGF1', 'DTEST03']);
    await user.keyboard(' ');
    expect(chosen()).toEqual(['DX4NGF1']);
    await user.keyboard('{Control>}a{/Control}');
    expect(chosen()).toHaveLength(3);
    expect(screen.getByText('3 deployments chosen')).toBeVisible();
    await expectAccessible();
    await user.keyboard('{Escape}');
    expect(screen.queryAllByRole('row', { selected: true })).toEqual([]);
    expect(window.location.hash).toBe('#/');
  });

  it('chooses many by the mouse, and acts only on what the filter shows', async () => {
    const { user } = open('#/', { list_deployments: () => rows });
    await table();
    await user.click(screen.getByRole('checkbox', { name: 'Choose DX6604E' }));
    expect(at('DX6604E')).toHaveFocus();
    await user.keyboard('{Shift>}');
    await user.click(within(at('DTEST03')).getByText('demo-v41'));
    await user.keyboard('{/Shift}');
    expect(chosen()).toEqual(['DX6604E', 'DTEST03']);
    await user.keyboard('{Control>}');
    await user.click(within(at('DX4NGF1')).getByText('DX4NGF1'));
    await user.keyboard('{/Control}');
    expect(screen.getByText('3 deployments chosen')).toBeVisible();
    await user.type(screen.getByRole('searchbox'), 'demo');
    expect(await screen.findByText('1 deployment chosen')).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Open' }));
    expect(window.location.hash).toBe('#/deployments/DTEST03');
  });

  it('copies ids and commands of the chosen, which the backend words', async () => {
    const lines = 'cloud status DX4NGF1\ncloud status DX6604E\ncloud status DTEST03';
    const commands = vi.fn((_args: unknown) => [
      { title: 'Show the status', lines },
      { title: 'Deploy', lines: '' },
    ]);
    const { user } = open('#/deployments?environment=dev', {
      list_deployments: () => rows,
      command_lines: commands,
    });
    await table();
    await user.click(screen.getByRole('checkbox', { name: 'Choose all in sight of the filter' }));
    await user.click(screen.getByRole('button', { name: 'Copy ids' }));
    expect(await navigator.clipboard.readText()).toBe('DX4NGF1\nDX6604E\nDTEST03');
    await user.click(await screen.findByRole('button', { name: 'Copy as cloud commands' }));
    expect(await screen.findByRole('menuitem', { name: 'Deploy' })).toHaveAttribute('aria-disabled', 'true');
    await user.click(screen.getByRole('menuitem', { name: 'Show the status' }));
    expect(await navigator.clipboard.readText()).toBe(lines);
    expect(await screen.findByTestId('toast')).toHaveTextContent('The commands are copied');
    expect(commands).toHaveBeenLastCalledWith({ ids: ['DX4NGF1', 'DX6604E', 'DTEST03'], environment: 'dev' });
  });

  it('refreshes those that can be, says how far it is, and what failed', async () => {
    const answers = new Map<unknown, (failed: boolean) => void>();
    const busy = row({ deployment_id: 'DBUSY01', refresh: { refused: 'deploy is under way' } });
    const { user } = open('#/', {
      list_deployments: () => [...rows, busy],
      refresh_deployment: ({ id }) =>
        new Promise((resolve, reject) => {
          answers.set(id, (failed) =>
            failed
              ? reject(refusal('credentials', 'dev: no login'))
              : resolve({ operation: null, mended: [] }),
          );
        }),
    });
    await table();
    await user.click(screen.getByRole('checkbox', { name: 'Choose all in sight of the filter' }));
    const refresh = screen.getByRole('button', { name: 'Refresh 3 deployments from CloudFormation' });
    expect(refresh).toHaveTextContent('Refresh 3 of 4 from CloudFormation');
    await user.click(refresh);
    expect(await screen.findByText('Refreshing 0 of 3…')).toBeVisible();
    await waitFor(() => expect([...answers.keys()]).toEqual(['DX4NGF1', 'DX6604E', 'DTEST03']));
    answers.get('DX6604E')?.(true);
    expect(await screen.findByText('Refreshing 1 of 3…')).toBeVisible();
    answers.get('DX4NGF1')?.(false);
    answers.get('DTEST03')?.(false);
    expect(await screen.findByText('2 of 3 refreshed, 1 failed.')).toBeVisible();
    expect(screen.getByText('dev: no login')).toBeVisible();
    await expectAccessible();
    await user.click(screen.getByRole('button', { name: 'Dismiss' }));
    expect(screen.queryByRole('region', { name: 'Refresh of many' })).toBeNull();
  });

  it('shows a refresh of many on the screen of each', async () => {
    let answer = (_: unknown) => {};
    const { user } = open('#/', {
      list_deployments: () => rows.slice(0, 1),
      deployment: () => detail(),
      refresh_deployment: () => new Promise((resolve) => (answer = resolve)),
    });
    await table();
    await user.click(screen.getByRole('checkbox', { name: 'Choose DX6604E' }));
    await user.click(screen.getByRole('button', { name: 'Refresh 1 deployment from CloudFormation' }));
    act(() => navigate(deploymentRoute('DX6604E')));
    expect(await screen.findByText('Asking CloudFormation…')).toBeVisible();
    await act(async () => answer({ operation: 'op', mended: [{}] }));
    // The list tells of all of them together.
    expect(screen.queryByTestId('toast')).toBeNull();
    expect(window.location.hash).toBe('#/deployments/DX6604E');
  });

  it('says why none of the chosen can be refreshed', async () => {
    const busy = row({ deployment_id: 'DBUSY01', refresh: { refused: 'deploy is under way' } });
    const { user } = open('#/', { list_deployments: () => [busy] });
    await table();
    await user.click(screen.getByRole('checkbox', { name: 'Choose DBUSY01' }));
    expect(
      screen.getByRole('button', { name: 'Refresh 0 deployments from CloudFormation' }),
    ).toHaveAccessibleDescription('DBUSY01: deploy is under way');
  });

  it('holds only a window of 10,000 rows in the document', async () => {
    const many = Array.from({ length: 10_000 }, (_, n) => row({ deployment_id: `D${n}`, path: `/${n}` }));
    open('#/', { list_deployments: () => many });
    expect(await table()).toHaveAttribute('aria-rowcount', '10001');
    expect(screen.getAllByTestId(/^deployment-D/).length).toBeLessThan(60);
    expect(screen.getByText('10000 deployments')).toBeVisible();
  });

  it('follows a change on disk', async () => {
    let list = rows.slice(0, 1);
    open('#/', { list_deployments: () => list });
    await waitFor(async () => expect(await ids()).toEqual(['DX6604E']));
    list = rows;
    await announce('deployments');
    await waitFor(async () => expect(await ids()).toHaveLength(3));
  });

  it('says why there is no list', async () => {
    open('#/', {
      list_deployments: () => {
        throw refusal('internal', 'The root folder cannot be read.', { hint: 'Check its permissions.' });
      },
    });
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'The root folder cannot be read.Check its permissions.',
    );
  });
});
