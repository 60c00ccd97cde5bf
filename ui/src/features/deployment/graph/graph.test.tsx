import { Tooltip } from '@base-ui/react/tooltip';
import { QueryClientProvider } from '@tanstack/react-query';
import { installBackend } from '@test/backend';
import { dependent, environment } from '@test/fixtures';
import { expectAccessible } from '@test/render';
import { render, screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import type { Dependent } from '@/api/backend';
import { newQueryClient } from '@/api/freshness';
import { kinOf, links } from './edges';
import { GraphView } from './graph-view';
import { lineId, place } from './layout';
import { boxOf, centre, frame, isInSight, zoomAt } from './viewport';
import { next } from './walk';

/** network → { database → app, queue }, dns by itself. */
const stacks: Dependent[] = [
  dependent('network'),
  dependent('database', { needs: ['network'], status: 'failed' }),
  dependent('queue', { needs: ['network'] }),
  dependent('app', {
    needs: ['database', 'network'],
    reasons: { database: ['imports shared-arn'], network: ['uses output Id'] },
    status: 'not_deployed',
    blocked_by: ['database'],
  }),
  dependent('dns', { enabled: false, status: 'not_deployed' }),
];

describe('where the cards stand', () => {
  it('puts each stack in the first column right of all that it needs', () => {
    const { cards } = place(stacks);
    const x = (name: string) => cards.get(name)?.x ?? Number.NaN;
    expect(x('network')).toBe(x('dns'));
    expect(x('database')).toBeGreaterThan(x('network'));
    expect(x('queue')).toBe(x('database'));
    expect(x('app')).toBeGreaterThan(x('database'));
  });

  it('leads a line that passes a column around its cards', () => {
    const { ways } = place(stacks);
    // One that passes none goes straight.
    expect(ways.get(lineId('network', 'database'))).toEqual([]);
    expect(ways.get(lineId('network', 'app'))?.length).toBeGreaterThan(1);
  });

  it('survives a circle, a need that is no stack, and 200 stacks', () => {
    expect(
      place([dependent('a', { needs: ['b', 'gone'] }), dependent('b', { needs: ['a'] })]).cards.size,
    ).toBe(2);
    const many = Array.from({ length: 200 }, (_, n) =>
      dependent(`s${n}`, { needs: n < 20 ? [] : [`s${n - 20}`, `s${n - 19}`] }),
    );
    const { cards } = place(many);
    expect(new Set([...cards.values()].map(({ x, y }) => `${x}/${y}`)).size).toBe(200);
  });
});

describe('the lines', () => {
  const lines = (chosen: string | null) =>
    Object.fromEntries(
      links(stacks, chosen === null ? null : kinOf(stacks, chosen)).map(({ from, to, line }) => [
        `${from}→${to}`,
        line,
      ]),
    );

  it('mark the way on which a failure blocks', () => {
    expect(lines(null)).toEqual({
      'network→database': 'plain',
      'network→queue': 'plain',
      'database→app': 'blocked',
      'network→app': 'plain',
    });
  });

  it('step aside where they have nothing to do with the chosen stack', () => {
    expect(kinOf(stacks, 'queue')).toEqual(new Set(['queue', 'network']));
    expect(lines('queue')).toEqual({
      'network→database': 'aside',
      'network→queue': 'chosen',
      'database→app': 'aside',
      'network→app': 'aside',
    });
    expect(lines('app')['database→app']).toBe('blocked');
  });
});

describe('what is in sight', () => {
  const into = { width: 900, height: 600 };
  const far = { x: 4000, y: 3000 };

  it('is a box as a whole, never larger than it is', () => {
    const view = frame(boxOf([{ x: 0, y: 0 }, far]), into);
    expect(view.zoom).toBeLessThan(0.25);
    expect(isInSight({ x: 0, y: 0 }, view, into) && isInSight(far, view, into)).toBe(true);
    expect(frame(boxOf([{ x: 50, y: 50 }]), into)).toEqual({ x: 292, y: 224, zoom: 1 });
    expect(frame(boxOf([{ x: 0, y: 0 }, far]), into, 0.5).zoom).toBe(0.5);
  });

  it('stays where the pointer is when it is zoomed, within bounds', () => {
    const view = { x: 10, y: 20, zoom: 1 };
    const nearer = zoomAt(view, { x: 110, y: 120 }, 1.5);
    expect(nearer).toEqual({ x: -40, y: -30, zoom: 1.5 });
    expect(zoomAt(nearer, { x: 110, y: 120 }, 1 / 1.5)).toEqual(view);
    expect(zoomAt(view, { x: 0, y: 0 }, 99).zoom).toBe(1.6);
    expect(zoomAt(view, { x: 0, y: 0 }, 0).zoom).toBe(0.08);
    expect(isInSight(far, centre(far, into, 1), into)).toBe(true);
    expect(isInSight(far, view, into)).toBe(false);
  });
});

describe('the arrow keys', () => {
  const { cards } = place(stacks);
  it.each([
    ['app', 'ArrowLeft', 'database'],
    ['database', 'ArrowRight', 'app'],
    ['network', 'ArrowLeft', null],
    ['queue', 'ArrowRight', null],
    ['network', 'a', null],
  ])('lead from %s by %s to %s', (from, key, goal) => {
    expect(next(stacks, cards, from, key)).toBe(goal);
  });

  it('lead up and down within a column', () => {
    const [upper, lower] = ['database', 'queue'].toSorted(
      (a, b) => (cards.get(a)?.y ?? 0) - (cards.get(b)?.y ?? 0),
    ) as [string, string];
    expect(next(stacks, cards, upper, 'ArrowDown')).toBe(lower);
    expect(next(stacks, cards, lower, 'ArrowUp')).toBe(upper);
    expect(next(stacks, cards, upper, 'ArrowUp')).toBeNull();
  });
});

const dev = environment();

function show(answer: () => Dependent[], chosen: string | null = null) {
  installBackend({ dependencies: answer });
  const onChoose = vi.fn();
  const onEnvironment = vi.fn();
  render(
    <QueryClientProvider client={newQueryClient()}>
      <Tooltip.Provider>
        <GraphView
          deployment="DX6604E"
          environments={[dev, environment({ name: 'prod' })]}
          environment={dev}
          onEnvironment={onEnvironment}
          chosen={chosen}
          onChoose={onChoose}
        />
      </Tooltip.Provider>
    </QueryClientProvider>,
  );
  return { user: userEvent.setup(), onChoose, onEnvironment };
}

describe('the graph', () => {
  it('shows each stack with its status in words and what stands in its way', async () => {
    const { user, onChoose, onEnvironment } = show(() => stacks);
    const app = await screen.findByRole('button', { name: 'app Not deployed Blocked' });
    expect(app).toHaveAccessibleDescription(
      'Blocked by database. Needs database (imports shared-arn) and network (uses output Id)',
    );
    // A line says what makes it.
    expect(screen.getByText('app needs database: imports shared-arn')).toBeInTheDocument();
    const dns = screen.getByRole('button', { name: 'dns Not deployed' });
    expect(dns).toHaveAccessibleDescription('Not enabled. Needs nothing');
    expect(screen.getByRole('status')).toHaveTextContent('database failed and blocks 1 stack');
    await user.click(app);
    expect(onChoose).toHaveBeenCalledExactlyOnceWith('app');
    await user.click(screen.getByRole('combobox', { name: 'Environment' }));
    await user.click(await screen.findByRole('option', { name: 'prod' }));
    expect(onEnvironment).toHaveBeenCalledExactlyOnceWith('prod');
    await expectAccessible();
  });

  it('is one stop of Tab, and the arrows go on from there', async () => {
    const { user, onChoose } = show(() => stacks);
    const network = await screen.findByTestId('card-network');
    expect(screen.getAllByTestId(/^card-/).filter((card) => card.tabIndex === 0)).toEqual([network]);
    network.focus();
    await user.keyboard('{ArrowRight}');
    await waitFor(() => expect(document.activeElement).not.toBe(network));
    const there = document.activeElement as HTMLElement;
    expect(there).toHaveAttribute('tabindex', '0');
    expect(network).toHaveAttribute('tabindex', '-1');
    await user.keyboard('{Enter}');
    expect(onChoose).toHaveBeenCalledExactlyOnceWith(there.dataset.testid?.replace('card-', ''));
  });

  it('starts at the stack whose panel is open', async () => {
    show(() => stacks, 'queue');
    expect(await screen.findByTestId('card-queue')).toHaveAttribute('aria-pressed', 'true');
    expect(screen.getByTestId('card-queue')).toHaveAttribute('tabindex', '0');
  });

  it('says where there is nothing to show', async () => {
    show(() => []);
    expect(await screen.findByText('The manifest has no stacks.')).toBeVisible();
  });
});
