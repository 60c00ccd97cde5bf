import { announce, refusal } from '@test/backend';
import { row } from '@test/fixtures';
import { cellTexts, expectAccessible, open } from '@test/render';
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

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
const ids = async () => cellTexts(await table()).map(([id]) => id);

describe('the table of deployments', () => {
  it('has the addendum’s columns in their order, then the progress', async () => {
    open('#/', { list_deployments: () => rows });
    const heads = within(await table()).getAllByRole('columnheader');
    expect(heads.map((head) => head.textContent)).toEqual([
      'Deployment ID',
      'Organization',
      'Project',
      'Status',
      'Created',
      'Progress',
    ]);
    expect(cellTexts(await table())[0]).toEqual([
      'DX4NGF1',
      'LiveTestOrg',
      'live-test-10',
      'Partial',
      '2025-10-31',
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
    expect(await ids()).toEqual(['DX4NGF1', 'DX6604E']);
    await user.click(screen.getByRole('combobox', { name: 'Status' }));
    await user.click(await screen.findByRole('option', { name: 'Initialized' }));
    expect(await ids()).toEqual(['DX6604E']);
    expect(window.location.hash).toBe('#/deployments?filter=LIVE+test&status=initialized');
    await user.clear(screen.getByRole('searchbox'));
    await user.type(screen.getByRole('searchbox'), 'nothing like it');
    expect(screen.getByText('No deployment matches the filter.')).toBeVisible();
  });

  it('moves by arrows, Home and End, and opens by Enter', async () => {
    const { user } = open('#/', { list_deployments: () => rows, deployment: () => new Promise(() => {}) });
    const body = within(await table());
    const at = (id: string) => body.getByTestId(`deployment-${id}`);
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
    expect(running.getByText('3 of 6')).toBeVisible();
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
