import { announce, refusal } from '@test/backend';
import { machineSettings } from '@test/fixtures';
import { button, expectAccessible, open } from '@test/render';
import { access } from '@test/review-fixtures';
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';

const part = (name: string) => screen.findByRole('region', { name });

describe('the settings', () => {
  it('are shown, and each change is one patch', async () => {
    const patches: unknown[] = [];
    let view = machineSettings();
    const { user } = open('#/settings', {
      access: () => access(),
      get_settings: () => view,
      update_settings: ({ patch }) => {
        patches.push(patch);
        return null;
      },
    });
    expect(await screen.findByRole('radio', { name: 'System' })).toBeChecked();
    expect(screen.getByRole('checkbox', { name: 'Tell when an operation has ended' })).toBeChecked();
    await expectAccessible();
    await user.click(screen.getByRole('radio', { name: 'Dark' }));
    await user.click(screen.getByRole('checkbox', { name: 'Tell when an operation has ended' }));
    await user.click(screen.getByRole('combobox', { name: 'Stacks at once' }));
    expect(await screen.findByRole('option', { name: 'Default: 8' })).toBeVisible();
    await user.click(screen.getByRole('option', { name: '4' }));
    expect(patches).toEqual([{ appearance: 'dark' }, { notifications: false }, { parallel: 4 }]);
    view = machineSettings({
      settings: { appearance: 'dark', notifications: false, parallel: 5, root: null },
    });
    await announce('settings');
    await waitFor(() => expect(screen.getByRole('radio', { name: 'Dark' })).toBeChecked());
    expect(screen.getByRole('combobox', { name: 'Stacks at once' })).toHaveTextContent('5');
    await user.click(screen.getByRole('combobox', { name: 'Stacks at once' }));
    await user.click(await screen.findByRole('option', { name: 'Default: 8' }));
    expect(patches.at(-1)).toEqual({ parallel: null });
  });

  it('name the folder of the deployments, and another one from the next start on', async () => {
    const update = vi.fn(() => null);
    let chosen: string | null = null;
    const choose = vi.fn(() => chosen);
    const { user } = open('#/settings', {
      access: () => access(),
      get_settings: () => machineSettings({ next_root: '/data/deployments' }),
      update_settings: update,
      choose_folder: choose,
    });
    const folder = within(await part('Deployments folder'));
    expect(folder.getByText('/home/ana/.local/share/skydeck/deployments')).toBeVisible();
    expect(folder.getByRole('region', { name: 'From the next start on' })).toHaveTextContent(
      '/data/deployments',
    );
    await user.click(folder.getByRole('button', { name: 'Choose another folder…' }));
    await waitFor(() => expect(choose).toHaveBeenCalledOnce());
    // Nothing was chosen: nothing changes.
    expect(update).not.toHaveBeenCalled();
    chosen = '/srv/all';
    await user.click(folder.getByRole('button', { name: 'Choose another folder…' }));
    await waitFor(() => expect(update).toHaveBeenCalledWith({ patch: { root: '/srv/all' } }));
    expect(choose).toHaveBeenLastCalledWith({ title: 'Folder for deployments', from: '/data/deployments' });
  });

  it('say where the folder cannot be set here, or go back to the default', async () => {
    const first = open('#/settings', {
      access: () => access(),
      get_settings: () => machineSettings({ root_from: 'variable' }),
    });
    expect(await part('Deployments folder')).toHaveTextContent(
      'Set by the environment variable SKYDECK_ROOT',
    );
    expect(screen.queryByRole('button', { name: 'Choose another folder…' })).toBeNull();
    first.unmount();
    const update = vi.fn(() => null);
    const settings = { ...machineSettings().settings, root: '/srv/all' };
    const { user } = open('#/settings', {
      access: () => access(),
      get_settings: () => machineSettings({ settings, root: '/srv/all', root_from: 'settings' }),
      update_settings: update,
    });
    await user.click(await screen.findByRole('button', { name: 'Back to the default' }));
    expect(update).toHaveBeenCalledWith({ patch: { root: null } });
  });

  it('tell what is wrong with their file, and what could not be written', async () => {
    const { user } = open('#/settings', {
      access: () => access(),
      get_settings: () => machineSettings({ problems: ['the settings file cannot be read: line 1'] }),
      update_settings: () => {
        throw refusal('invalid_input', 'the settings file cannot be read: line 1', { hint: 'mend it' });
      },
      choose_folder: () => '/srv/all',
    });
    expect(await screen.findByRole('alert')).toHaveTextContent('the settings file cannot be read');
    await user.click(button('Choose another folder…'));
    await waitFor(() => expect(screen.getAllByRole('alert')).toHaveLength(2));
  });
});

it('that tell no root are told above every screen', async () => {
  open('#/settings', {
    get_settings: () => machineSettings(),
    access: () => access(),
    app_info: () => ({
      version: '1',
      root: '/default',
      root_doubt: 'the settings file cannot be read; mend it',
    }),
  });
  const alert = await screen.findByRole('alert');
  expect(alert).toHaveTextContent('These are the deployments in /default, which may not be those you mean');
  expect(alert).toHaveTextContent('mend it');
  await expectAccessible();
});
