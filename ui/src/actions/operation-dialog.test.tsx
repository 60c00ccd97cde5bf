import { type Answers, refusal } from '@test/backend';
import { detail, plan } from '@test/fixtures';
import { button, expectAccessible, open } from '@test/render';
import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { Request } from '@/api/backend';
import { askFor } from './dialogs';

const layers = [['network'], ['security', 'storage']];
const deploy: Request = { kind: 'deploy', environment: 'dev' };
const destroy: Request = { kind: 'destroy', environment: 'dev' };
const destroyStack: Request = { kind: 'destroy-stack', stack: 'network', environment: 'dev', force: false };

async function ask(request: Request, answers: Answers) {
  const opened = open('#/deployments/DX6604E', {
    deployment: () => detail(),
    operation: () => new Promise(() => {}),
    ...answers,
  });
  await screen.findByTestId('deployment-status');
  act(() => askFor('DX6604E', request));
  return { ...opened, dialog: await screen.findByRole('alertdialog') };
}

describe('the question before an operation', () => {
  it('shows where, what and in which order, counts it in the button, and starts it', async () => {
    const start = vi.fn(() => 'op1');
    const { user, dialog } = await ask(deploy, {
      plan_operation: () => plan(layers),
      start_operation: start,
    });
    const order = await within(dialog).findByRole('list', { name: 'Order' });
    expect([...order.children].map((layer) => layer.textContent)).toEqual([
      '1networkNot deployed',
      '2securityNot deployedstorageNot deployed',
    ]);
    expect(dialog).toHaveTextContent('devSANDBOX000000000000us-east-1');
    await expectAccessible();
    await user.click(button('Deploy 3 stacks'));
    expect(start).toHaveBeenCalledWith({
      id: 'DX6604E',
      request: deploy,
      options: { parallel: null, stop_on_failure: false },
    });
    await waitFor(() => expect(window.location.hash).toBe('#/deployments/DX6604E?operation=op1'));
    expect(screen.queryByRole('alertdialog')).toBeNull();
  });

  it.each([
    [destroy, layers, 'Destroy everything of DX6604E in dev?', 'Destroy 3 stacks'],
    [
      { kind: 'destroy', environment: null } as const,
      layers,
      'Destroy DX6604E in all environments?',
      'Destroy 3 stacks',
    ],
    [destroyStack, [['network']], 'Destroy network of DX6604E in dev?', 'Destroy 1 stack'],
  ])(
    'wants the id typed before a destroy, with Cancel in focus: %j',
    async (request, planned, title, name) => {
      const start = vi.fn(() => 'op1');
      const { user } = await ask(request, { plan_operation: () => plan(planned), start_operation: start });
      expect(screen.getByRole('alertdialog', { name: title })).toBeVisible();
      await waitFor(() => expect(button('Cancel')).toHaveFocus());
      const confirm = await screen.findByRole('button', { name });
      expect(confirm).toHaveAttribute('aria-disabled', 'true');
      const field = screen.getByRole('textbox', { name: 'Type DX6604E to confirm' });
      await user.type(field, 'DX6604{Enter}');
      expect(confirm).toHaveAttribute('aria-disabled', 'true');
      expect(start).not.toHaveBeenCalled();
      await user.type(field, 'E');
      expect(confirm).not.toHaveAttribute('aria-disabled', 'true');
      await expectAccessible();
      await user.type(field, '{Enter}');
      await waitFor(() => expect(start).toHaveBeenCalledTimes(1));
    },
  );

  it('shows a refusal as advice, and offers nothing to start', async () => {
    const { user, dialog } = await ask(deploy, {
      plan_operation: () => {
        throw refusal('precondition', 'compute needs database', { hint: 'Enable database first.' });
      },
    });
    expect(await within(dialog).findByRole('alert')).toHaveTextContent(
      'compute needs databaseEnable database first.',
    );
    expect(button('Deploy')).toHaveAttribute('aria-disabled', 'true');
    await user.click(button('Cancel'));
    expect(screen.queryByRole('alertdialog')).toBeNull();
  });

  it('stays open where the start is refused, and says why', async () => {
    const { user, dialog } = await ask(deploy, {
      plan_operation: () => plan(layers),
      start_operation: () => {
        throw refusal('busy', 'Another deploy holds this deployment.');
      },
    });
    await user.click(await screen.findByRole('button', { name: 'Deploy 3 stacks' }));
    expect(await within(dialog).findByRole('alert')).toHaveTextContent(
      'Another deploy holds this deployment.',
    );
  });

  it('copies itself as a command', async () => {
    const { user } = await ask(deploy, { plan_operation: () => plan(layers) });
    await user.click(await screen.findByRole('button', { name: 'Copy as cloud command' }));
    expect(await navigator.clipboard.readText()).toBe('cloud deploy DX6604E --environment dev');
    expect(await screen.findByRole('button', { name: 'Copied' })).toBeVisible();
  });
});
