import { cell, detail, environment, failedLog, row, stack, summary } from '@test/fixtures';
import { expectAccessible, open } from '@test/render';
import { replay } from '@test/replay';
import { review, stackReview } from '@test/review-fixtures';
import { createEvent, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';

const operation = failedLog[0]?.operation ?? '';
const answers = {
  list_deployments: () => [row()],
  deployment: () =>
    detail({
      environments: [environment()],
      stacks: [stack('network', { cells: [cell({ cloudformation_name: 'DX6604E-dev-network' })] })],
      operations: [summary({ id: operation })],
    }),
  dependencies: () => [
    { stack: 'network', needs: [], status: 'deployed', enabled: true, blocked_by: [], since: null },
  ],
  operation: () => replay(failedLog),
  operation_events: () => failedLog,
  start_review: () => 'r1',
  review: () => review([[stackReview('network')]]),
  discard_review: () => null,
};

/** Asks for the menu of what is at an element; gives whether the browser would show its own. */
function rightClick(element: Element): boolean {
  const event = createEvent.contextMenu(element, {
    bubbles: true,
    cancelable: true,
    clientX: 20,
    clientY: 20,
  });
  fireEvent(element, event);
  return !event.defaultPrevented;
}

/** What the menu offers. */
const entries = async () =>
  within(await screen.findByRole('menu'))
    .getAllByRole('menuitem')
    .map((entry) => entry.textContent);

describe('the context menu', () => {
  it.each<[string, string, () => Promise<Element>, string[]]>([
    [
      'a deployment in the list',
      '#/deployments',
      () => screen.findByTestId('deployment-DX6604E'),
      ['Open DX6604E', 'Refresh from CloudFormationr', 'Copy id', 'Copy folder path'],
    ],
    [
      'a cell of the grid',
      '#/deployments/DX6604E',
      () => screen.findByTestId('cell-network-dev'),
      ['Show network in dev', 'Copy CloudFormation name', 'Deploy stack network in dev'],
    ],
    [
      'the head of a row',
      '#/deployments/DX6604E',
      () => screen.findByRole('rowheader', { name: /network/ }),
      ['Deploy stack network in dev', 'Destroy stack network in dev'],
    ],
    [
      'the head of a column',
      '#/deployments/DX6604E',
      () => screen.findByTestId('environment-dev'),
      ['Deploy dev', 'Access of dev…', 'Destroy dev…'],
    ],
    [
      'a card of the graph',
      '#/deployments/DX6604E/graph',
      () => screen.findByTestId('card-network'),
      ['Show network in dev', 'Deploy stack network in dev'],
    ],
    [
      'an operation in the history',
      '#/deployments/DX6604E',
      () => screen.findByTestId(`history-${operation}`),
      ['Show this operation', 'Export as JSON', 'Copy id'],
    ],
    [
      'a row of the timeline',
      `#/deployments/DX6604E?operation=${operation}`,
      () => screen.findByTestId('run-network-dev'),
      ['Show network in dev', 'Deploy stack network in dev'],
    ],
    [
      'a line of the log',
      `#/deployments/DX6604E?operation=${operation}`,
      async () => within(await screen.findByRole('log')).findByText('CREATE_FAILED'),
      ['Copy line', 'Show network in dev', 'Deploy stack network in dev'],
    ],
    [
      'a stack in a review',
      '#/deployments/DX6604E/review?kind=deploy&environment=dev',
      () => screen.findByTestId('review-network-dev'),
      ['Show network in dev', 'Deploy stack network in dev'],
    ],
    [
      'nothing in particular',
      '#/deployments/DX6604E',
      () => screen.findByRole('heading', { level: 1 }),
      ['Copy folder path', 'Destroy all environments…', 'Find anything…CtrlK', 'BackAlt←'],
    ],
  ])('offers what can be done to %s, and replaces the browser’s', async (_, hash, find, expected) => {
    open(hash, answers);
    expect(rightClick(await find())).toBe(false);
    await waitFor(async () => expect(await entries()).toEqual(expect.arrayContaining(expected)));
  });

  it('does what was picked, and gives the cloud command for it', async () => {
    const { user } = open('#/deployments/DX6604E', answers);
    rightClick(await screen.findByTestId('cell-network-dev'));
    await user.click(await screen.findByRole('menuitem', { name: 'Copy CloudFormation name' }));
    expect(await navigator.clipboard.readText()).toBe('DX6604E-dev-network');
    rightClick(screen.getByTestId('cell-network-dev'));
    expect(await screen.findByRole('menuitem', { name: 'Copy as cloud command' })).toBeVisible();
    await expectAccessible();
    await user.click(screen.getByRole('menuitem', { name: 'Deploy stack network in dev' }));
    expect(window.location.hash).toContain('kind=deploy-stack');
  });

  it('says why something cannot be done', async () => {
    const refused = { refused: 'deploy is under way' };
    open('#/deployments/DX6604E', {
      ...answers,
      deployment: () => detail({ stacks: [stack('network', { cells: [cell({ deploy: refused })] })] }),
    });
    rightClick(await screen.findByTestId('cell-network-dev'));
    const entry = await screen.findByRole('menuitem', { name: /^Deploy stack/ });
    expect(entry).toHaveAttribute('aria-disabled', 'true');
    expect(entry).toHaveTextContent('deploy is under way');
  });

  it('offers to go on where only other stacks stand in the way', async () => {
    const refused = {
      refused: "network needs vpc; deploy that first, or choose 'Deploy without dependencies'",
    };
    const held = cell({ deploy: refused, deploy_anyway: true });
    const { user } = open('#/deployments/DX6604E', {
      ...answers,
      deployment: () => detail({ stacks: [stack('network', { cells: [held] })] }),
    });
    rightClick(await screen.findByTestId('cell-network-dev'));
    const entry = await screen.findByRole('menuitem', { name: 'Deploy without dependencies…' });
    expect(screen.queryByRole('menuitem', { name: 'Destroy although needed…' })).toBeNull();
    await user.click(entry);
    expect(window.location.hash).toContain('skip');
  });

  it.each(['{ContextMenu}', '{Shift>}{F10}{/Shift}'])(
    'opens by %s for what has the focus, which gets it back',
    async (keys) => {
      const { user } = open('#/deployments/DX6604E', answers);
      const cell = within(await screen.findByTestId('cell-network-dev')).getByRole('button', {
        name: /^network in dev/,
      });
      cell.focus();
      await user.keyboard(keys);
      expect(await entries()).toContain('Show network in dev');
      await user.keyboard('{Escape}');
      await waitFor(() => expect(screen.queryByRole('menu')).toBeNull());
      expect(cell).toHaveFocus();
    },
  );

  it('cuts, copies, pastes and selects all in a field', async () => {
    const { user } = open('#/deployments', answers);
    const field: HTMLInputElement = await screen.findByRole('searchbox');
    await user.type(field, 'network');
    field.setSelectionRange(0, 3);
    rightClick(field);
    expect(await entries()).toEqual(['CutCtrlX', 'CopyCtrlC', 'PasteCtrlV', 'Select allCtrlA']);
    await user.click(screen.getByRole('menuitem', { name: /^Cut/ }));
    await waitFor(() => expect(field).toHaveValue('work'));
    expect(await navigator.clipboard.readText()).toBe('net');
    rightClick(field);
    await user.click(await screen.findByRole('menuitem', { name: /^Select all/ }));
    await waitFor(() => expect(field).toHaveFocus());
    expect([field.selectionStart, field.selectionEnd]).toEqual([0, 4]);
    rightClick(field);
    await user.click(await screen.findByRole('menuitem', { name: /^Paste/ }));
    // It is typed, so that the list is filtered by it.
    await waitFor(() => expect(field).toHaveValue('net'));
    expect(await screen.findByText('No deployment matches the filter.')).toBeVisible();
  });

  it('copies a text that is selected', async () => {
    const { user } = open('#/deployments/DX6604E', answers);
    const heading = await screen.findByRole('heading', { level: 1 });
    window.getSelection()?.selectAllChildren(heading);
    rightClick(heading);
    await user.click(await screen.findByRole('menuitem', { name: 'Copy' }));
    expect(await navigator.clipboard.readText()).toBe('DX6604E');
  });

  it('offers nothing below a dialog, and shows not even the browser’s there', async () => {
    const { user } = open('#/deployments', answers);
    await screen.findByTestId('deployment-DX6604E');
    await user.keyboard('?');
    expect(rightClick(await screen.findByRole('dialog'))).toBe(false);
    expect(screen.queryByRole('menu')).toBeNull();
  });

  it('cancels what runs with its first step only', async () => {
    const cancel = vi.fn(() => null);
    const running = {
      operation,
      kind: 'deploy',
      environment: 'dev',
      done: 0,
      total: 3,
      started_at: '2025-10-30T00:46:48Z',
      elsewhere: null,
    } as const;
    const { user } = open('#/deployments/DX6604E', {
      ...answers,
      deployment: () =>
        detail({ operations: [summary({ id: operation, outcome: null })], row: row({ running }) }),
      cancel_operation: cancel,
    });
    rightClick(await screen.findByTestId(`history-${operation}`));
    await user.click(await screen.findByRole('menuitem', { name: /^Cancel/ }));
    expect(cancel).toHaveBeenCalledWith({ id: 'DX6604E', operation, runningToo: false });
  });
});
