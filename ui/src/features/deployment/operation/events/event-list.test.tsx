import { detail, log, summary } from '@test/fixtures';
import { button, expectAccessible, open } from '@test/render';
import { replay } from '@test/replay';
import { act, createEvent, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { EventKind } from '@/api/backend';

const key = { stack: 'network', environment: 'dev' };
const happened = (logical_id: string, reason: string | null = null): EventKind => ({
  event: 'resource',
  key,
  logical_id,
  resource_type: 'AWS::EC2::VPC',
  physical_id: null,
  status: reason ? 'CREATE_FAILED' : 'CREATE_COMPLETE',
  reason,
  happened_at: '2025-10-30T00:46:50Z',
});
/** More lines than are ever in the document. */
const many = log([
  {
    event: 'operation_started',
    deployment_id: 'DX6604E',
    kind: 'deploy',
    environments: ['dev'],
    stacks: [{ key, waits_for: [] }],
    status_before: 'initialized',
    by: { user: 'ana', host: 'workstation', pid: 1, front_end: 'app', version: '0.1.0' },
  },
  ...Array.from({ length: 200 }, (_, at) => happened(`Resource${at}`)),
  happened('Last', 'No quota.\n  Ask for more.'),
]);
const id = many[0]?.operation ?? '';

async function openLog() {
  const { user } = open(`#/deployments/DX6604E?operation=${id}`, {
    deployment: () => detail({ operations: [summary({ id })] }),
    operation: () => replay(many),
    operation_events: () => many,
  });
  const lines = await screen.findByRole('log', { name: 'Events' });
  await within(lines).findByText(/^Last/);
  return { user, lines };
}

/** The element of a line, as far as it is in the document. */
const line = (lines: HTMLElement, index: number) => lines.querySelector(`[data-line="${index}"]`);

/** Marks from one place to another, as a pointer does that is drawn over them. */
function mark(from: Node, to: Node) {
  act(() => {
    window.getSelection()?.setBaseAndExtent(from, 0, to, to.childNodes.length);
    document.dispatchEvent(new window.Event('selectionchange'));
  });
}

/** Scrolls to so many pixels below the beginning. */
function scroll(lines: HTMLElement, top: number) {
  Object.defineProperty(lines, 'scrollHeight', { value: 5000, configurable: true });
  act(() => {
    lines.scrollTop = top;
    fireEvent.scroll(lines);
  });
}

/** What Ctrl+C takes along; `null`: what the page itself has of it. */
function copied(lines: HTMLElement): string | null {
  let text: string | null = null;
  const event = createEvent.copy(lines, {
    clipboardData: {
      setData: (_: string, data: string) => {
        text = data;
      },
    },
  });
  act(() => void fireEvent(lines, event));
  return text;
}

describe('a log', () => {
  it('is copied with one event per line, and one of many lines stays one', async () => {
    const { lines } = await openLog();
    const [first, last] = [line(lines, 199), line(lines, 201)];
    if (!first || !last) throw new Error('the end is not in sight');
    // Of a part of a line the page has the text: nothing is between its parts but spaces.
    expect(last.textContent).toMatch(
      /^\d\d:\d\d:\d\d {2}network {2}CREATE_FAILED {2}Last: No quota\. Ask for more\.$/,
    );
    mark(first, last);
    const text = copied(lines)?.split('\n') ?? [];
    expect(text).toHaveLength(3);
    expect(text[0]).toMatch(/ {2}network {2}CREATE_COMPLETE {2}Resource198$/);
    expect(text[2]).toBe(last.textContent);
    mark(last, last);
    expect(copied(lines)).toBeNull();
  });

  it('keeps the ends of what is marked, and copies what is not in the document, too', async () => {
    const { lines } = await openLog();
    const last = line(lines, 201);
    if (!last) throw new Error('the end is not in sight');
    expect(line(lines, 0)).toBeNull();
    mark(last, last.firstChild ?? last);
    scroll(lines, 0);
    const first = line(lines, 0);
    // The line at which the marking began is still there.
    expect(line(lines, 201)).toBe(last);
    if (!first) throw new Error('the beginning is not in sight');
    mark(last, first);
    expect(copied(lines)?.split('\n')).toHaveLength(many.length);
    // Its place is kept: the next one finds it at its end.
    scroll(lines, 5000);
  });

  it('is marked as a whole by the keys for that, and nothing else is', async () => {
    const { user, lines } = await openLog();
    lines.focus();
    await user.keyboard('{Control>}a{/Control}');
    expect(copied(lines)?.split('\n')).toHaveLength(many.length);
    expect(window.getSelection()?.containsNode(screen.getByRole('heading', { level: 1 }))).toBe(false);
  });

  it('has a button that copies what is shown', async () => {
    const { user } = await openLog();
    await user.click(screen.getByRole('checkbox', { name: 'Failures only' }));
    await user.click(button('Copy these events'));
    expect(await navigator.clipboard.readText()).toMatch(
      /^\S+ {2}network {2}CREATE_FAILED {2}Last: No quota\. Ask for more\.$/,
    );
    await expectAccessible();
  });

  it('tells what a line cuts off, in no tooltip of the browser’s, as long as the pointer is on it', async () => {
    const { user, lines } = await openLog();
    const last = line(lines, 201);
    if (!last) throw new Error('the end is not in sight');
    Object.defineProperty(last, 'scrollWidth', { value: 5000 });
    const told = () =>
      screen.queryAllByText(/^\d\d:.* Last: No quota\. Ask for more\.$/).filter((it) => !lines.contains(it));
    await user.hover(last);
    await waitFor(() => expect(told()).toHaveLength(1));
    await user.unhover(lines);
    await waitFor(() => expect(told()).toHaveLength(0));
    expect(lines.querySelectorAll('[title]')).toHaveLength(0);
  });
});
