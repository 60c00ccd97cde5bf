import { announce, tellNews, wishFor } from '@test/backend';
import { detail, environment, free, row, stack } from '@test/fixtures';
import { button, expectAccessible, open } from '@test/render';
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { News } from '@/api/backend';
import { appActions, deploymentActions, environmentActions, stackActions } from './table';

const answers = {
  list_deployments: () => [
    row(),
    row({ deployment_id: 'DTEST03', organization: 'Acme', project: 'web-shop' }),
  ],
  deployment: () => detail(),
};

const news = (change: Partial<News> = {}): News => ({
  deployment: 'DX6604E',
  operation: '20251030T004648Z-deploy-k3f9',
  happening: { ended: 'succeeded' },
  title: 'Deploy of DX6604E in dev succeeded',
  text: '2 of 2 stacks',
  ...change,
});

/** What the palette shows, line by line. */
const lines = () => screen.getAllByRole('option').map((line) => line.textContent);

async function openPalette(user: ReturnType<typeof open>['user']) {
  await user.keyboard('{Control>}k{/Control}');
  return screen.findByRole('combobox', { name: /^Find an action/ });
}

describe('the table', () => {
  it('gives no keys twice', () => {
    const all = [appActions, deploymentActions, environmentActions, stackActions]
      .flatMap((part) => Object.values(part))
      .flatMap((action) => ('keys' in action ? action.keys : []));
    expect(new Set(all).size).toBe(all.length);
  });

  it('gives no press that begins a sequence an action of its own', () => {
    const all = [appActions, deploymentActions]
      .flatMap((part) => Object.values(part))
      .flatMap((action) => ('keys' in action ? action.keys : []));
    const first = all.filter((keys) => keys.includes(' ')).map((keys) => keys.split(' ')[0]);
    expect(all.filter((keys) => first.includes(keys))).toEqual([]);
  });
});

describe('the palette', () => {
  it('finds actions, deployments and stacks by letters in any order', async () => {
    const { user } = open('#/deployments/DX6604E', answers);
    await screen.findByTestId('deployment-status');
    await openPalette(user);
    await user.keyboard('shop acme');
    expect(lines()).toEqual(['DTEST03Acme / web-shop']);
    await user.clear(screen.getByRole('combobox'));
    await user.keyboard('dpl netw');
    expect(lines()[0]).toMatch(/^Deploy stack network in dev/);
    await expectAccessible();
    await user.keyboard('{Enter}');
    expect(window.location.hash).toContain('kind=deploy-stack');
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('gets what is typed right after its keys, before its field is there', async () => {
    open('#/deployments', answers);
    await screen.findByTestId('deployment-DX6604E');
    // Nothing is awaited between the keys: not even React draws.
    const press = (init: KeyboardEventInit) =>
      (document.activeElement ?? document.body).dispatchEvent(
        new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init }),
      );
    press({ key: 'k', code: 'KeyK', ctrlKey: true });
    for (const key of ['D', 'T', 'E', 'X', 'Backspace', 'S', 'n', 'Backspace']) press({ key });
    const field = await screen.findByRole('combobox', { name: /^Find an action/ });
    await waitFor(() => expect(field).toHaveFocus());
    expect(field).toHaveValue('DTES');
    expect(lines()[0]).toMatch(/^DTEST03/);
    // No key was a shortcut of the screen below.
    expect(window.location.hash).toBe('#/deployments');
    // From here on the field hears for itself.
    expect(press({ key: 'T' })).toBe(true);
  });

  it('does what is typed right after its keys with Enter at the end', async () => {
    open('#/deployments', answers);
    await screen.findByTestId('deployment-DX6604E');
    const press = (init: KeyboardEventInit) =>
      document.body.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init }));
    press({ key: 'k', code: 'KeyK', ctrlKey: true });
    for (const key of ['s', 'e', 't', 't', 'Enter']) press({ key });
    await waitFor(() => expect(window.location.hash).toBe('#/settings'));
    expect(screen.queryByRole('combobox')).toBeNull();
  });

  it('does not open after all where Escape comes right after its keys', async () => {
    open('#/deployments', answers);
    await screen.findByTestId('deployment-DX6604E');
    for (const init of [{ key: 'k', code: 'KeyK', ctrlKey: true }, { key: 'Escape' }]) {
      act(() => void fireEvent.keyDown(document.body, init));
    }
    expect(screen.queryByRole('dialog')).toBeNull();
    // And no key is kept from where it goes any more.
    expect(fireEvent.keyDown(document.body, { key: 'x' })).toBe(true);
  });

  it('has what was picked last on top', async () => {
    const { user } = open('#/deployments', answers);
    await screen.findByTestId('deployment-DX6604E');
    await openPalette(user);
    await user.keyboard('DTEST03{Enter}');
    expect(window.location.hash).toBe('#/deployments/DTEST03');
    await openPalette(user);
    expect(lines()[0]).toMatch(/^DTEST03/);
  });

  it('has what is called so before what only has the letters', async () => {
    const { user } = open('#/deployments/DX6604E?stack=network&environment=dev', answers);
    await screen.findByTestId('deployment-status');
    await openPalette(user);
    await user.keyboard('deploy dev');
    expect(lines()[0]).toBe('Deploy dev');
  });

  it('shows why something is refused, and does not do it', async () => {
    const refused = { refused: 'deploy is under way' };
    const { user } = open('#/deployments/DX6604E', {
      ...answers,
      deployment: () => detail({ environments: [environment({ deploy: refused })] }),
    });
    await screen.findByTestId('deployment-status');
    await openPalette(user);
    // Its reason is no name of it.
    await user.keyboard('under way');
    expect(screen.queryAllByRole('option')).toEqual([]);
    await user.clear(screen.getByRole('combobox'));
    await user.keyboard('deploy dev');
    expect(lines()).toContain('Deploy devdeploy is under way');
    await user.click(screen.getByRole('option', { name: /^Deploy dev/ }));
    expect(window.location.hash).toBe('#/deployments/DX6604E');
  });

  it('shows what is highlighted as a cloud command, and copies that', async () => {
    const { user } = open('#/deployments/DX6604E', answers);
    await screen.findByTestId('deployment-status');
    await openPalette(user);
    await user.keyboard('detect drift dev');
    const line = 'cloud drift DX6604E';
    const palette = within(screen.getByRole('dialog'));
    expect(await palette.findByText(line)).toBeVisible();
    await user.keyboard('{Control>}c{/Control}');
    expect(await navigator.clipboard.readText()).toBe(line);
    expect(await screen.findByText('The command is copied')).toBeVisible();
    await user.clear(screen.getByRole('combobox'));
    await user.keyboard('keyboard shortcuts');
    expect(palette.queryByText(line)).toBeNull();
  });

  it('says so where nothing fits', async () => {
    const { user } = open('#/deployments', answers);
    await openPalette(user);
    await user.keyboard('zzzz');
    expect(await screen.findByText('Nothing is called that.')).toBeVisible();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });
});

describe('a menu', () => {
  it.each([
    ['More actions for dev', 'Deploy dev', 'cloud deploy DX6604E --environment dev'],
    ['More actions for dev', 'Detect drift in dev', 'cloud drift DX6604E'],
    ['More actions for the deployment', 'Refresh from CloudFormation', 'cloud refresh DX6604E'],
    ['More actions for the deployment', 'Destroy all environments', 'cloud destroy DX6604E'],
  ])('copies what it has as a cloud command: %s, %s', async (menu, action, line) => {
    const { user } = open('#/deployments/DX6604E', answers);
    await screen.findByTestId('deployment-status');
    await user.click(button(menu));
    await screen.findByRole('menuitem', { name: 'Copy as cloud command' });
    await user.keyboard('{End}{ArrowRight}');
    await waitFor(() => expect(screen.getAllByRole('menu')).toHaveLength(2));
    const [commands] = screen.getAllByRole('menu').slice(-1);
    const entry = within(commands as HTMLElement).getByRole('menuitem', { name: action });
    await waitFor(() => expect(entry).toHaveAttribute('aria-description', line));
    await user.click(entry);
    expect(await navigator.clipboard.readText()).toBe(line);
    expect(window.location.hash).toBe('#/deployments/DX6604E');
  });
});

describe('shortcuts', () => {
  it('go from place to place', async () => {
    const { user } = open('#/deployments/DX6604E', answers);
    await screen.findByTestId('deployment-status');
    await user.keyboard('gd');
    expect(window.location.hash).toBe('#/deployments');
    await user.keyboard('n');
    expect(window.location.hash).toBe('#/new');
  });

  it('leave alone who types, and what a dialog asks', async () => {
    const { user } = open('#/deployments', answers);
    await screen.findByTestId('deployment-DX6604E');
    await user.keyboard('/');
    expect(screen.getByRole('searchbox')).toHaveFocus();
    await user.keyboard('n?');
    expect(screen.getByRole('searchbox')).toHaveValue('n?');
    await user.click(document.body);
    await user.keyboard('?');
    expect(await screen.findByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
    await user.keyboard('n');
    expect(window.location.hash).not.toBe('#/new');
    await expectAccessible();
  });

  it('say why they do nothing', async () => {
    const { user } = open('#/deployments/DX6604E/compare', answers);
    await screen.findByTestId('deployment-status');
    await user.keyboard('/');
    expect(await screen.findByText('There is nothing to filter here.')).toBeVisible();
  });

  it('lead to the filter of what is shown, also after a view without one', async () => {
    const { user } = open('#/deployments/DX6604E', answers);
    const field = await screen.findByRole('searchbox', { name: 'Filter stacks' });
    await user.keyboard('/');
    expect(field).toHaveFocus();
    await user.click(screen.getByRole('radio', { name: 'Compare' }));
    await user.click(screen.getByRole('radio', { name: 'Grid' }));
    await user.keyboard('/');
    expect(screen.getByRole('searchbox')).toHaveFocus();
  });

  it('leave keys with Ctrl to the action that has them', async () => {
    const { user } = open('#/deployments', answers);
    await screen.findByTestId('deployment-DX6604E');
    await user.keyboard('{Control>}/{/Control}');
    expect(await screen.findByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
    expect(screen.queryByRole('searchbox')).toBeNull();
  });

  it('ask nothing of CloudFormation where the backend refuses it', async () => {
    const refused = { refused: 'deploy is under way' };
    const { user } = open('#/deployments/DX6604E', {
      ...answers,
      deployment: () =>
        detail({
          row: row({ refresh: refused }),
          environments: [environment({ look: refused })],
          stacks: [],
        }),
    });
    await screen.findByTestId('deployment-status');
    await user.keyboard('r');
    expect(await screen.findByTestId('toast')).toHaveTextContent('deploy is under way');
    expect(button('Refresh dev from CloudFormation')).toHaveAccessibleDescription('deploy is under way');
    await openPalette(user);
    await user.keyboard('detect drift dev');
    expect(lines()).toEqual(['Detect drift in devdeploy is under way']);
  });

  it('ask CloudFormation once, however often they are pressed', async () => {
    const refresh = vi.fn(() => new Promise(() => {}));
    const { user } = open('#/deployments/DX6604E', { ...answers, refresh_deployment: refresh });
    await screen.findByTestId('deployment-status');
    await user.keyboard('rr');
    expect(refresh).toHaveBeenCalledOnce();
    expect(await screen.findByText('Asking CloudFormation…')).toBeVisible();
  });
});

describe('toasts', () => {
  it('tell an end out of sight, and the way to it', async () => {
    const { user } = open('#/deployments', answers);
    const row = await screen.findByTestId('deployment-DX6604E');
    row.focus();
    await act(() => tellNews(news()));
    const toast = await screen.findByTestId('toast');
    expect(toast).toHaveTextContent('Deploy of DX6604E in dev succeeded');
    expect(row).toHaveFocus();
    await expectAccessible();
    await user.click(within(toast).getByRole('button', { name: 'Show' }));
    expect(window.location.hash).toBe('#/deployments/DX6604E?operation=20251030T004648Z-deploy-k3f9');
  });

  it('say nothing of what is in sight', async () => {
    open('#/deployments/DX6604E?operation=20251030T004648Z-deploy-k3f9', answers);
    await screen.findByTestId('deployment-status');
    await act(() => tellNews(news()));
    expect(screen.queryByTestId('toast')).toBeNull();
    await act(() => tellNews(news({ operation: 'another', title: 'Another' })));
    expect(await screen.findByTestId('toast')).toHaveTextContent('Another');
  });

  it('tell of an operation that was left open, and stay', async () => {
    open('#/deployments', answers);
    await screen.findByTestId('deployment-DX6604E');
    await act(() =>
      tellNews(news({ happening: 'left_open', title: 'Deploy of DX6604E in dev is left open', text: 'Why' })),
    );
    expect(await screen.findByTestId('toast')).toHaveTextContent('Deploy of DX6604E in dev is left openWhy');
  });

  it('about an outcome go when a later operation has made it untrue', async () => {
    let holds = true;
    const asked = vi.fn(() => holds);
    open('#/deployments', { ...answers, news_hold: asked });
    await screen.findByTestId('deployment-DX6604E');
    const failed = news({ happening: { ended: 'failed' }, title: 'Deploy of DX6604E in dev failed' });
    await act(() => tellNews(failed));
    expect(await screen.findByTestId('toast')).toHaveTextContent('failed');
    await act(() => announce({ deployment: 'DX9999E' }));
    expect(asked).not.toHaveBeenCalled();
    await act(() => announce({ deployment: 'DX6604E' }));
    await waitFor(() => expect(asked).toHaveBeenCalledOnce());
    const { deployment: id, operation, happening } = failed;
    expect(asked).toHaveBeenCalledWith({ id, operation, happening });
    expect(screen.getByTestId('toast')).toBeVisible();
    holds = false;
    await act(() => announce({ deployment: 'DX6604E' }));
    await waitFor(() => expect(screen.queryByTestId('toast')).toBeNull());
    // What is closed is not asked about any more.
    asked.mockClear();
    await act(() => announce({ deployment: 'DX6604E' }));
    expect(asked).not.toHaveBeenCalled();
  });

  it('tell what a refresh mended where another log is being read', async () => {
    const here = '#/deployments/DX6604E?operation=another';
    const { user } = open(here, {
      ...answers,
      refresh_deployment: () => ({ operation: 'op', mended: [{}] }),
    });
    await screen.findByTestId('deployment-status');
    await user.keyboard('r');
    expect(await screen.findByTestId('toast')).toHaveTextContent('1 stack mended in DX6604E');
    expect(window.location.hash).toBe(here);
  });

  it('tell what a refresh mended where its deployment is not in sight any more', async () => {
    let found = (_: unknown) => {};
    const { user } = open('#/deployments/DX6604E', {
      ...answers,
      refresh_deployment: () => new Promise((resolve) => (found = resolve)),
    });
    await screen.findByTestId('deployment-status');
    await user.keyboard('r');
    await user.keyboard('gd');
    await screen.findByTestId('deployment-DX6604E');
    await act(async () => found({ operation: 'op', mended: [{}, {}] }));
    expect(await screen.findByTestId('toast')).toHaveTextContent('2 stacks mended in DX6604E');
  });
});

describe('the desktop', () => {
  it('shows what a notification is about', async () => {
    open('#/deployments', answers);
    await screen.findByTestId('deployment-DX6604E');
    await act(() => wishFor({ wish: 'operation', deployment: 'DX6604E', operation: 'op' }));
    expect(window.location.hash).toBe('#/deployments/DX6604E?operation=op');
  });

  it('does an action of its menu bar', async () => {
    open('#/deployments', answers);
    await screen.findByTestId('deployment-DX6604E');
    await act(() => wishFor({ wish: 'action', id: 'new' }));
    expect(window.location.hash).toBe('#/new');
  });

  it('is asked before the end of what runs', async () => {
    const leave = vi.fn();
    let underway = [
      {
        deployment: 'DX6604E',
        operation: 'op',
        title: 'Deploy of DX6604E in dev',
        done: 1,
        total: 2,
        state: 'well',
      },
    ];
    const { user } = open('#/deployments', { ...answers, underway: () => underway, leave });
    await screen.findByTestId('deployment-DX6604E');
    await act(() => wishFor({ wish: 'leave' }));
    const dialog = await screen.findByRole('dialog', { name: 'Quit while 1 operation is running?' });
    expect(within(dialog).getByText('1 of 2 stacks')).toBeVisible();
    await waitFor(() => expect(button('Stay')).toHaveFocus());
    await expectAccessible();
    await user.click(button('Finish in the background, then quit'));
    expect(leave).toHaveBeenCalledWith({ how: 'when_done' });

    await act(() => wishFor({ wish: 'leave' }));
    await screen.findByRole('dialog');
    underway = [];
    await announce('deployments');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(leave).toHaveBeenLastCalledWith({ how: 'asking' });
  });
});

it('a new screen has its heading in focus and its name in the title', async () => {
  const { user } = open('#/deployments', answers);
  await screen.findByTestId('deployment-DX6604E');
  await waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveFocus());
  await user.keyboard('gs');
  const settings = await screen.findByRole('heading', { level: 1, name: 'Settings' });
  await waitFor(() => expect(settings).toHaveFocus());
  expect(document.title).toBe('Settings — Skydeck');
});

it('the stacks that a deployment has are offered for each environment', async () => {
  const { user } = open('#/deployments/DX6604E', {
    ...answers,
    deployment: () => detail({ stacks: [stack('network')], destroy_all: free }),
  });
  await screen.findByTestId('deployment-status');
  await openPalette(user);
  await user.keyboard('network');
  expect(lines().filter((line) => line?.includes('network'))).toHaveLength(4);
});
