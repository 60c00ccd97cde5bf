import { type Answers, refusal, wishFor } from '@test/backend';
import { detail } from '@test/fixtures';
import { button, expectAccessible, open } from '@test/render';
import { access, profile, settings } from '@test/review-fixtures';
import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { showDialog } from '@/actions/dialogs';
import type { Profile } from '@/api/backend';
import { kindWords } from './profiles';

const identity = {
  account: '210987654321',
  arn: 'arn:aws:sts::210987654321:assumed-role/Admin/ana',
  expires_at: '2030-01-01T12:00:00Z',
};

describe('the access of an environment', () => {
  async function openDialog(answers: Answers = {}) {
    const opened = open('#/deployments/DX6604E', {
      deployment: () => detail(),
      environment_settings: () => settings(),
      access: () => access(),
      ...answers,
    });
    await screen.findByTestId('deployment-status');
    act(() => showDialog({ dialog: 'access', deployment: 'DX6604E', environment: 'prod' }));
    const dialog = await screen.findByRole('dialog', { name: 'Access of prod in DX6604E' });
    await within(dialog).findByRole('textbox', { name: 'Account' });
    return { ...opened, dialog };
  }

  it('opens from its column', async () => {
    const asked = vi.fn(() => settings());
    const { user } = open('#/deployments/DX6604E', {
      deployment: () => detail(),
      environment_settings: asked,
      access: () => access(),
    });
    await user.click(await screen.findByRole('button', { name: 'More actions for dev' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Access…' }));
    await screen.findByRole('dialog', { name: 'Access of dev in DX6604E' });
    expect(asked).toHaveBeenCalledWith({ id: 'DX6604E', environment: 'dev' });
  });

  it('is written into the manifest, which is said; empty rows are left out', async () => {
    const save = vi.fn(() => null);
    const { user, dialog } = await openDialog({ set_environment_settings: save });
    expect(dialog).toHaveTextContent('Saving writes deployment-manifest.yaml.');
    await expectAccessible();
    await user.type(screen.getByRole('textbox', { name: 'Service role' }), 'arn:role');
    await user.click(button('Add tag'));
    await user.type(screen.getByRole('textbox', { name: 'Key of tag 2' }), 'cost');
    await user.type(screen.getByRole('textbox', { name: 'Value of tag 2' }), '42');
    await user.click(button('Add tag'));
    await user.click(button('Add topic'));
    await user.click(button('Remove tag team'));
    await user.click(button('Save'));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(save).toHaveBeenCalledWith({
      id: 'DX6604E',
      environment: 'prod',
      settings: settings({ role_arn: 'arn:role', tags: { cost: '42' } }),
      expected: null,
      prove: true,
    });
    // Only what is still as it was saved is undone.
    await user.click(await screen.findByRole('button', { name: 'Undo' }));
    expect(save).toHaveBeenLastCalledWith({
      id: 'DX6604E',
      environment: 'prod',
      settings: settings(),
      expected: settings({ role_arn: 'arn:role', tags: { cost: '42' } }),
      prove: false,
    });
  });

  it('keeps what is typed below the question before the end', async () => {
    const one = { deployment: 'DX6604E', operation: 'op', title: 'Deploy', done: 0, total: 2, state: 'well' };
    const { user } = await openDialog({ underway: () => [one] });
    await user.type(screen.getByRole('textbox', { name: 'Service role' }), 'arn:role');
    await act(() => wishFor({ wish: 'leave' }));
    await screen.findByRole('dialog', { name: 'Quit while 1 operation is running?' });
    await user.click(button('Stay'));
    await waitFor(() => expect(screen.queryByRole('dialog', { name: /^Quit/ })).toBeNull());
    expect(screen.getByRole('textbox', { name: 'Service role' })).toHaveValue('arn:role');
  });

  it('is not written where the account cannot be proven, unless that is accepted', async () => {
    const save = vi.fn(({ prove }: { prove?: unknown }) => {
      if (prove) throw refusal('credentials', 'The login of profile acme-prod has ended.');
      return null;
    });
    const { user, dialog } = await openDialog({ set_environment_settings: save });
    await user.click(button('Save'));
    expect(await within(dialog).findByRole('alert')).toHaveTextContent(
      'The login of profile acme-prod has ended.',
    );
    expect(dialog).toHaveTextContent('every operation on prod asks again before it starts');
    await user.click(button('Save without the proof'));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(save.mock.calls.map(([{ prove }]) => prove)).toEqual([true, false]);
  });

  it('leads to AWS in three steps, and takes over the account that AWS names', async () => {
    const { user, dialog } = await openDialog({
      environment_settings: () => settings({ target: 'sandbox', account: '000000000000' }),
      test_connection: () => identity,
    });
    await user.click(screen.getByRole('radio', { name: 'AWS' }));
    expect(
      screen.getByRole('region', {
        name: 'prod becomes real: what is deployed from then on is on AWS, and costs',
      }),
    ).toHaveTextContent('stay there and are not moved');
    const steps = within(dialog).getAllByRole('heading', { level: 3 });
    expect(steps.map((step) => step.textContent)).toEqual([
      'Profile: whose credentials',
      'Account and region',
      'Proof: AWS says whose account it is',
    ]);
    await user.click(button('Test connection'));
    await user.click(await screen.findByRole('button', { name: 'Make 210987654321 the account of prod' }));
    expect(screen.getByRole('textbox', { name: 'Account' })).toHaveValue('210987654321');
    expect(screen.getByRole('region', { name: 'This is 210987654321, the account of prod' })).toBeVisible();
    expect(screen.getByRole('region', { name: 'Account and region (done)' })).toBeVisible();
    await expectAccessible();
  });

  it('says what going back to the sandbox leaves on AWS', async () => {
    const { user } = await openDialog();
    expect(screen.queryByText(/goes back to the sandbox/)).toBeNull();
    await user.click(screen.getByRole('radio', { name: 'Sandbox' }));
    const notice = screen.getByRole('region', {
      name: 'prod goes back to the sandbox; nothing on AWS is deleted',
    });
    expect(notice).toHaveTextContent('stays there and goes on costing');
  });

  it('stays open where it is refused, with what was typed', async () => {
    const { user, dialog } = await openDialog({
      set_environment_settings: () => {
        throw refusal('invalid_input', 'region: mars-1 is no region');
      },
    });
    const region = screen.getByRole('textbox', { name: 'Region' });
    await user.clear(region);
    await user.type(region, 'mars-1');
    await user.click(button('Save'));
    expect(await within(dialog).findByRole('alert')).toHaveTextContent('region: mars-1 is no region');
    expect(screen.queryByRole('button', { name: 'Save without the proof' })).toBeNull();
    expect(region).toHaveValue('mars-1');
  });

  it.each([
    ['210987654321', 'This is 210987654321, the account of prod'],
    ['111111111111', 'This is 111111111111, but prod is 210987654321: nothing would be deployed'],
  ])('tells whether the credentials are those of its account: %s', async (account, verdict) => {
    const test = vi.fn(() => ({ ...identity, account }));
    const { user } = await openDialog({ test_connection: test });
    await user.click(button('Test connection'));
    const answer = await screen.findByRole('region', { name: verdict });
    expect(answer).toHaveTextContent(identity.arn);
    expect(answer).toHaveTextContent(/The login ends .*2030/);
    expect(test).toHaveBeenCalledWith({ profile: 'acme-prod', region: 'eu-central-1' });
    // Of another region, or another profile, nothing is known yet.
    await user.type(screen.getByRole('textbox', { name: 'Region' }), 'x');
    expect(screen.queryByRole('region', { name: verdict })).toBeNull();
  });

  it('offers the profiles in words, and keeps one that the configuration lacks', async () => {
    const { user } = await openDialog({ environment_settings: () => settings({ profile: 'gone' }) });
    await user.click(screen.getByRole('combobox', { name: 'Profile' }));
    const options = await screen.findAllByRole('option');
    expect(options.map((option) => option.textContent)).toEqual([
      'default chain',
      'acme-prod: SSO session main, role Admin',
      'ci: access keys',
      'gone: not in /home/ana/.aws/config',
    ]);
  });

  it('asks less of a sandbox', async () => {
    await openDialog({ environment_settings: () => settings({ target: 'sandbox' }) });
    for (const name of ['Service role', 'Template bucket']) {
      expect(screen.queryByRole('textbox', { name })).toBeNull();
    }
    expect(screen.queryByRole('combobox', { name: 'Profile' })).toBeNull();
    expect(screen.getByRole('textbox', { name: 'Key of tag 1' })).toHaveValue('team');
  });
});

describe('the part of the settings on AWS access', () => {
  it('is reached from the deployments, and lists profiles and SSO sessions', async () => {
    const { user } = open('#/deployments', { list_deployments: () => [], access: () => access() });
    await user.click(await screen.findByRole('link', { name: 'Settings' }));
    const profiles = await screen.findByRole('region', { name: 'Profiles' });
    const names = within(profiles).getAllByRole('heading', { level: 4 });
    expect(names.map((name) => name.textContent)).toEqual(['Without a profile', 'acme-prod', 'ci']);
    expect(profiles).toHaveTextContent('SSO session main, role Admin · 210987654321 · eu-central-1');
    const sessions = screen.getByRole('region', { name: 'SSO sessions' });
    expect(sessions).toHaveTextContent('https://acme.awsapps.com/start');
    await user.click(within(sessions).getByRole('button', { name: 'Copy command' }));
    expect(await navigator.clipboard.readText()).toBe('aws sso login --sso-session main');
    await expectAccessible();
  });

  it('tests each connection by itself', async () => {
    const { user } = open('#/settings', {
      access: () => access({ default_profile: 'ci' }),
      test_connection: ({ profile: name }) => {
        if (name === 'ci') throw refusal('credentials', 'The access key is not known.');
        return { ...identity, expires_at: null };
      },
    });
    await user.click(await screen.findByRole('button', { name: 'Test connection without a profile' }));
    const answer = await screen.findByRole('region', { name: 'Account 210987654321' });
    expect(answer).toHaveTextContent('The credentials name no end.');
    await user.click(button('Test connection of ci'));
    expect(await screen.findByRole('alert')).toHaveTextContent('The access key is not known.');
    expect(answer).toBeVisible();
    expect(screen.getByText('default chain (AWS_PROFILE is ci)')).toBeVisible();
    await expectAccessible();
  });

  it('says how to begin where there is nothing yet', async () => {
    const { user } = open('#/settings', { access: () => access({ profiles: [], sso_sessions: [] }) });
    const notice = await screen.findByRole('region', { name: 'No profiles yet' });
    await user.click(within(notice).getByRole('button', { name: 'Copy command' }));
    expect(await navigator.clipboard.readText()).toBe('aws configure sso');
    expect(screen.queryByRole('region', { name: 'SSO sessions' })).toBeNull();
    await expectAccessible();
  });

  it('says what could not be read, and that calls go elsewhere', async () => {
    open('#/settings', {
      access: () =>
        access({
          problem: '/home/ana/.aws/config: line 3 is no key',
          endpoints: [['AWS_ENDPOINT_URL', 'http://127.0.0.1:4599']],
        }),
    });
    expect(await screen.findByRole('alert')).toHaveTextContent('line 3 is no key');
    expect(
      screen.getByRole('region', { name: 'AWS_ENDPOINT_URL points to http://127.0.0.1:4599' }),
    ).toBeVisible();
  });

  it.each<[Partial<Profile>, string]>([
    [{ kind: 'sso', sso_session: 'main', role: 'Admin' }, 'SSO session main, role Admin'],
    [{ kind: 'sso' }, 'SSO'],
    [{ kind: 'role', role: 'Deploy', source_profile: 'ci' }, 'role Deploy, through profile ci'],
    [{ kind: 'keys' }, 'access keys'],
    [{ kind: 'process' }, 'a program that gives credentials'],
    [{ kind: 'login' }, 'a login with ‘aws login’'],
    [{ kind: 'web_identity', role: 'Ci' }, 'a web identity, role Ci'],
    [{ kind: 'unknown' }, 'unknown'],
  ])('has words for where credentials come from: %j', (change, words) => {
    expect(kindWords(profile('p', change))).toBe(words);
  });
});
