import { cell, detail, environment, free, stack } from '@test/fixtures';
import { many } from '@test/inspect-fixtures';
import { button, expectAccessible, open } from '@test/render';
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { cellId } from '@/components/cell-id';

const here = '#/deployments/DX6604E';
const grid = () => screen.findByRole('grid', { name: 'Stacks and environments' });
const rowNames = async () =>
  within(await grid())
    .getAllByRole('rowheader')
    .map((head) => head.textContent?.replace(/needs.*/, ''));

describe('the grid', () => {
  it('has only the rows in sight in the document, and tells how many there are', async () => {
    open(here, { deployment: () => many(500, 4) });
    expect(await grid()).toHaveAttribute('aria-rowcount', '501');
    expect(await grid()).toHaveAttribute('aria-colcount', '5');
    expect((await rowNames()).length).toBeLessThan(60);
    const [first] = within(await grid()).getAllByRole('rowheader');
    expect(first?.closest('tr')).toHaveAttribute('aria-rowindex', '2');
  });

  it('is entered by Tab at one cell, and walked through by arrows, Home, End and the page keys', async () => {
    const { user } = open(here, { deployment: () => many(20, 2) });
    await grid();
    const cellOf = (stackName: string, place: string) =>
      document.getElementById(cellId(stackName, place)) as HTMLElement;
    const reachable = [...(await grid()).querySelectorAll<HTMLElement>('tbody button')];
    // The cell's own button and its two actions.
    expect(reachable.filter(({ tabIndex }) => tabIndex === 0)).toHaveLength(3);
    cellOf('service-0', 'dev').focus();
    const at = async (keys: string, stackName: string, place: string) => {
      await user.keyboard(keys);
      await waitFor(() => expect(document.activeElement?.id).toBe(cellId(stackName, place)));
    };
    await at('{ArrowRight}', 'service-0', 'stage');
    await at('{ArrowRight}', 'service-0', 'stage');
    await at('{ArrowDown}', 'service-1', 'stage');
    await at('{Home}', 'service-1', 'dev');
    await at('{Control>}{End}{/Control}', 'service-19', 'stage');
    await at('{ArrowDown}', 'service-19', 'stage');
    await at('{PageUp}', 'service-2', 'stage');
    await at('{Control>}{Home}{/Control}', 'service-0', 'dev');
    await at('{ArrowUp}', 'service-0', 'dev');
    // From the cell Tab leads to its own actions, and Enter opens it.
    const deploy = () => button('Deploy stack service-0 in dev');
    await waitFor(() => expect(deploy().tabIndex).toBe(0));
    await user.tab();
    expect(deploy()).toHaveFocus();
    await user.tab({ shift: true });
    await user.keyboard('{Enter}');
    expect(await screen.findByRole('complementary', { name: 'service-0 in dev' })).toBeVisible();
    await expectAccessible();
  });

  it('takes the focus back from a panel that a link had opened', async () => {
    const stacks = Array.from({ length: 500 }, (_, n) => stack(`service-${n}`));
    const { user } = open(`${here}?stack=service-400&environment=dev`, {
      deployment: () => detail({ stacks }),
    });
    await user.click(await screen.findByRole('button', { name: 'Close panel' }));
    expect(button(/^service-400 in dev/)).toHaveFocus();
  });

  it('changes the address once for what is typed in one go', async () => {
    const { user } = open(here, { deployment: () => detail() });
    const field = await screen.findByRole('searchbox', { name: 'Filter stacks' });
    const replaced = vi.spyOn(window.history, 'replaceState');
    await user.type(field, 'netw');
    await waitFor(() => expect(window.location.hash).toContain('find=netw'));
    expect(replaced).toHaveBeenCalledOnce();
  });

  it('is filtered by a text and by what needs attention, which the address keeps', async () => {
    const stacks = [
      stack('network', { cells: [cell({ status: 'deployed' })] }),
      stack('net-extra', { cells: [cell({ status: 'failed', attention: true })] }),
      stack('storage', { cells: [cell({ status: 'deployed', outside: 'changed', attention: true })] }),
    ];
    const { user } = open(here, { deployment: () => detail({ stacks }) });
    await user.type(await screen.findByRole('searchbox', { name: 'Filter stacks' }), 'NET');
    expect(await rowNames()).toEqual(['network', 'net-extra']);
    expect(screen.getByText('2 of 3 stacks')).toBeVisible();
    await user.click(screen.getByRole('combobox', { name: 'Status of a stack' }));
    await user.click(await screen.findByRole('option', { name: 'Needs attention (2)' }));
    expect(await rowNames()).toEqual(['net-extra']);
    await waitFor(() => expect(window.location.hash).toContain('find=NET&show=attention'));
    await user.clear(screen.getByRole('searchbox', { name: 'Filter stacks' }));
    expect(await rowNames()).toEqual(['net-extra', 'storage']);
    await user.type(screen.getByRole('searchbox', { name: 'Filter stacks' }), 'nothing like it');
    expect(screen.getByText('No stack matches the filter.')).toBeVisible();
  });
});

describe('what the status of a deployment means', () => {
  const surprising = (refused: string | null) => ({
    text: 'Created, but no full deploy has run.',
    surprising: true,
    next: { request: { kind: 'deploy', environment: 'dev' }, availability: { refused } } as const,
  });

  it('comes with what to do, which leads to its review', async () => {
    const asked = vi.fn(() => new Promise(() => {}));
    const { user } = open(here, {
      deployment: () =>
        detail({ explanation: surprising(null), environments: [environment({ deploy: free })] }),
      start_review: asked,
    });
    expect(await screen.findByTestId('explanation')).toHaveAttribute('data-surprising', 'true');
    await user.click(button('Next: Deploy dev'));
    await screen.findByTestId('review');
    expect(asked).toHaveBeenCalledWith({ id: 'DX6604E', request: { kind: 'deploy', environment: 'dev' } });
  });

  it('says why that cannot be done now', async () => {
    open(here, { deployment: () => detail({ explanation: surprising('destroy is under way') }) });
    await screen.findByTestId('explanation');
    expect(button('Next: Deploy dev')).toHaveAccessibleDescription('destroy is under way');
  });
});

describe('what the manifest does not have any more', () => {
  it('is marked, and is offered to be destroyed', async () => {
    const gone = { enabled: null, former: true, status: 'deployed' } as const;
    const { user } = open(here, {
      deployment: () =>
        detail({
          environments: [environment(), environment({ name: 'qa', former: true, enabled: 0, besides: 1 })],
          stacks: [
            stack('network', { cells: [cell(), cell({ environment: 'qa', ...gone })] }),
            stack('old-name', {
              former: true,
              cells: [cell(gone), cell({ environment: 'qa', enabled: null })],
            }),
          ],
          former: [
            {
              stack: 'lost',
              environment: 'old',
              status: 'deployed',
              text: 'old: lost is deployed and not in the manifest any more',
              command: null,
              hint: 'put old back',
            },
          ],
        }),
    });
    const head = within(await screen.findByTestId('environment-qa'));
    expect(head.getByText('Not in the manifest')).toBeVisible();
    expect(head.queryByRole('button', { name: /Deploy/ })).toBeNull();
    expect(within(screen.getByTestId('environment-dev')).queryByText('Not in the manifest')).toBeNull();
    const row = within(screen.getByRole('rowheader', { name: /old-name/ }));
    expect(row.getByText('Not in the manifest')).toBeVisible();
    expect(within(screen.getByTestId('cell-network-qa')).getByText('Not in the manifest')).toBeVisible();
    expect(screen.getByText('Put old back.')).toBeVisible();
    await user.click(head.getByRole('button', { name: /Destroy/ }));
    expect(window.location.hash).toContain('destroy');
    expect(window.location.hash).toContain('environment=qa');
  });
});
