import { refusal } from '@test/backend';
import { detail, preview, row, suggestion } from '@test/fixtures';
import { button, expectAccessible, open } from '@test/render';
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { NewDeployment } from '@/api/backend';
import { newEnvironment, retarget } from './draft';

const missing = { field: 'organization', message: 'It is missing.' };
const needsAll = ({ input }: { input?: unknown }) => {
  const draft = input as NewDeployment;
  return preview({
    problems: [
      ...(draft.organization ? [] : [missing]),
      ...draft.environments.flatMap(({ account }, index) =>
        account ? [] : [{ field: `environments.${index}.account`, message: 'Twelve digits.' }],
      ),
    ],
  });
};
const field = (name: string) => screen.getByRole('textbox', { name });

describe('the form for a new deployment', () => {
  it('shows what will be written', async () => {
    open('#/new', { preview_deployment: () => preview({ remarks: ['123456 is no account of AWS.'] }) });
    const pane = await screen.findByRole('region', { name: 'Preview' });
    expect(await within(pane).findByText('D??????-Acme-web-shop')).toBeVisible();
    expect(pane).toHaveTextContent('networkA VPC over two zones.Enabled');
    expect(pane).toHaveTextContent('dnsA hosted zone.Off');
    expect(pane).toHaveTextContent('version: 1');
    expect(pane).toHaveTextContent('123456 is no account of AWS.');
    expect(pane).toHaveTextContent('cloud init --org Acme');
    await expectAccessible();
  });

  it('shows a problem only at a field that was left', async () => {
    const { user } = open('#/new', { preview_deployment: needsAll });
    await screen.findByText(/are shown here once the fields are filled in/);
    expect(screen.queryByText('It is missing.')).toBeNull();
    await user.click(field('Organization'));
    await user.tab();
    expect(screen.getByText('It is missing.')).toBeVisible();
    expect(field('Organization')).toBeInvalid();
    expect(field('Organization')).toHaveAccessibleDescription('It is missing.');
    await user.type(field('Organization'), 'Acme');
    await waitFor(() => expect(screen.queryByText('It is missing.')).toBeNull());
  });

  it('shows every problem once creating was tried, and creates nothing', async () => {
    const create = vi.fn();
    const { user } = open('#/new', { preview_deployment: needsAll, create_deployment: create });
    await screen.findByText(/are shown here once the fields are filled in/);
    await user.click(screen.getByRole('radio', { name: 'AWS' }));
    await waitFor(() => expect(field('Account')).toHaveValue(''));
    await user.click(button('Create deployment'));
    expect(await screen.findByText('Twelve digits.')).toBeVisible();
    expect(screen.getByText('2 fields need your attention.')).toBeVisible();
    expect(create).not.toHaveBeenCalled();
    await expectAccessible();
  });

  it('creates it in the sandbox, and goes there', async () => {
    const create = vi.fn((_args: unknown) => row());
    const { user } = open('#/new', {
      preview_deployment: needsAll,
      create_deployment: create,
      deployment: () => detail(),
    });
    await user.type(await screen.findByRole('textbox', { name: 'Organization' }), 'Acme');
    await user.type(field('Project'), 'web-shop');
    await user.type(field('Domain'), 'shop.example.com');
    await user.click(button('Add prod'));
    await user.click(button('Create deployment'));
    await waitFor(() => expect(window.location.hash).toBe('#/deployments/DX6604E'));
    expect(create).toHaveBeenCalledWith({
      input: {
        organization: 'Acme',
        project: 'web-shop',
        domain: 'shop.example.com',
        template: 'default',
        environments: [newEnvironment('dev'), newEnvironment('prod')],
        id: null,
      },
    });
  });

  it('begins with what is suggested, so that the first one needs no typing', async () => {
    const create = vi.fn((_args: unknown) => row());
    const first = suggestion({ organization: 'MyOrg', project: 'my-app', domain: 'my-app.example' });
    const { user } = open('#/new', {
      suggest_deployment: () => first,
      preview_deployment: needsAll,
      create_deployment: create,
      deployment: () => detail(),
    });
    expect(await screen.findByRole('textbox', { name: 'Organization' })).toHaveValue('MyOrg');
    await user.click(button('Create deployment'));
    await waitFor(() => expect(create).toHaveBeenCalledWith({ input: first }));
  });

  it('goes on to the review of the first deploy on request', async () => {
    const { user } = open('#/new', {
      preview_deployment: () => preview(),
      create_deployment: () => row(),
      deployment: () => detail(),
      start_review: () => new Promise(() => {}),
    });
    await user.click(await screen.findByRole('button', { name: 'Create and review its deploy' }));
    await waitFor(() =>
      expect(window.location.hash).toBe('#/deployments/DX6604E/review?kind=deploy&environment=dev'),
    );
  });

  it('says why it could not be created, and keeps what was typed', async () => {
    const { user } = open('#/new', {
      preview_deployment: () => preview(),
      create_deployment: () => {
        throw refusal('internal', 'The disk is full.');
      },
    });
    await user.type(await screen.findByRole('textbox', { name: 'Organization' }), 'Acme');
    await user.click(button('Create deployment'));
    expect(await screen.findByRole('alert')).toHaveTextContent('The disk is full.');
    expect(field('Organization')).toHaveValue('Acme');
  });

  it('adds the usual environments once, and removes all but one', async () => {
    const { user } = open('#/new', { preview_deployment: () => preview() });
    await user.click(await screen.findByRole('button', { name: 'Add stage' }));
    expect(screen.queryByRole('button', { name: 'Add stage' })).toBeNull();
    expect(screen.getByRole('group', { name: 'Environment stage' })).toBeVisible();
    await user.click(button('Remove dev'));
    expect(screen.queryByRole('group', { name: 'Environment dev' })).toBeNull();
    expect(screen.queryByRole('button', { name: /^Remove/ })).toBeNull();
  });
});

it('does not carry the sandbox’s account or a profile over to another target', () => {
  const aws = retarget(newEnvironment('dev'), 'aws');
  expect(aws).toMatchObject({ target: 'aws', account: '' });
  expect(retarget({ ...aws, account: '123456789012', profile: 'p' }, 'sandbox')).toMatchObject({
    account: '123456789012',
    profile: null,
  });
});
