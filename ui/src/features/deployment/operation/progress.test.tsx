import { announce, from } from '@test/backend';
import { detail, failedLog, log, summary } from '@test/fixtures';
import { forecast, progress } from '@test/progress';
import { button, expectAccessible, open } from '@test/render';
import { replay } from '@test/replay';
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { Event, EventKind, OperationProgress, StackForecast } from '@/api/backend';

const id = failedLog[0]?.operation ?? '';
const here = `#/deployments/DX6604E?operation=${id}`;

/** A backend whose operation has come as far as `events` says, and does so. */
const at = (events: () => Event[], does: () => OperationProgress = () => progress()) => ({
  deployment: () => detail({ operations: [summary({ id })] }),
  operation: () => replay(events()),
  operation_events: (args: Record<string, unknown>) => from(events(), args),
  operation_progress: does,
});

const running = failedLog.slice(0, 3);

function expected(name: string, change: Partial<StackForecast> = {}): StackForecast {
  return {
    key: { stack: name, environment: 'dev' },
    from: 1,
    to: 4,
    usual_seconds: 3,
    speed: 'usual',
    critical: false,
    ...change,
  };
}

describe('the estimate', () => {
  it.each<[Parameters<typeof forecast>[0], string | null]>([
    [{ seconds_left: 182 }, ' · about 3 min left'],
    [{ seconds_left: 45, late: true }, ' · about 50 s left, longer than usual'],
    [{ seconds_left: 0, late: true }, ' · longer than usual'],
    [{ seconds_left: null }, null],
  ])('of %j is told as %j', async (change, words) => {
    open(
      here,
      at(
        () => running,
        () => progress({ forecast: forecast({ ...change, stacks: [expected('network')] }) }),
      ),
    );
    await screen.findByTestId('run-network-dev');
    if (words === null) expect(screen.queryByTestId('estimate')).toBeNull();
    else await waitFor(() => expect(screen.getByTestId('estimate').textContent).toBe(words));
  });

  it('moves the bar, comes anew when time passes, and ends with the operation', async () => {
    let done = 0.25;
    let events = running;
    open(
      here,
      at(
        () => events,
        () => progress({ forecast: forecast({ done, seconds_left: 60 }) }),
      ),
    );
    const bar = await screen.findByRole('progressbar', { name: 'Deploy in dev' });
    await waitFor(() => expect(bar).toHaveAttribute('aria-valuenow', '25'));
    done = 0.5;
    await announce({ progress: id });
    await waitFor(() => expect(bar).toHaveAttribute('aria-valuenow', '50'));
    expect(bar).toHaveAttribute('aria-valuetext', '0 of 3');
    events = failedLog;
    await announce({ operation: id });
    await waitFor(() => expect(bar).toHaveAttribute('aria-valuenow', '33'));
    expect(screen.queryByTestId('estimate')).toBeNull();
  });
});

describe('the timeline', () => {
  const measured = () =>
    progress({
      forecast: forecast({
        seconds_left: 20,
        stacks: [
          expected('storage', { speed: 'slow', from: 1, to: 9999999999 }),
          expected('network', { critical: true, to: 9999999999 }),
          expected('security', { critical: true, from: 9999999999, to: 19999999999 }),
        ],
      }),
    });

  it('marks what decides the end, what is slow, and what is only expected', async () => {
    open(
      here,
      at(() => running, measured),
    );
    const network = await screen.findByTestId('run-network-dev');
    await waitFor(() => expect(network).toHaveAttribute('data-critical', 'true'));
    expect(within(network).getByTestId('ran')).toBeInTheDocument();
    expect(within(network).getByTestId('ahead')).toBeInTheDocument();
    const security = screen.getByTestId('run-security-dev');
    expect(within(security).queryByTestId('ran')).toBeNull();
    expect(within(security).getByTestId('ahead')).toBeInTheDocument();
    const storage = screen.getByTestId('run-storage-dev');
    expect(storage).toHaveTextContent('Creating, slow');
    expect(within(storage).getByRole('link')).toHaveAccessibleDescription(
      'storage in dev: Creating, slow · usually a few seconds · unusually slow',
    );
    await expectAccessible();
  });

  it('is one stop for the keyboard, walks by arrows, and leads to the stack', async () => {
    const { user } = open(
      here,
      at(() => running, measured),
    );
    const rows = await screen.findByRole('list', { name: 'Stacks of the operation' });
    const [first, second] = within(rows).getAllByRole('link');
    expect(
      within(rows)
        .getAllByRole('link')
        .filter(({ tabIndex }) => tabIndex === 0),
    ).toEqual([first]);
    first?.focus();
    await user.keyboard('{ArrowDown}');
    await waitFor(() => expect(second).toHaveFocus());
    await user.keyboard('{Home}');
    await waitFor(() => expect(first).toHaveFocus());
    await user.keyboard('{End}{Enter}');
    await waitFor(() => expect(window.location.hash).toContain('stack=security&environment=dev'));
    expect(window.location.hash).toContain(`operation=${id}`);
    expect(screen.getByTestId('operation')).toBeVisible();
  });

  it('holds only a window of many stacks in the document', async () => {
    const turns = Array.from({ length: 500 }, (_, n) => ({
      key: { stack: `s${n}`, environment: 'dev' },
      waits_for: [],
    }));
    const many = log([{ ...(failedLog[0] as EventKind), stacks: turns } as EventKind]);
    open(
      here,
      at(() => many),
    );
    const rows = await screen.findByRole('list', { name: 'Stacks of the operation' });
    await within(rows).findByTestId('run-s0-dev');
    expect(within(rows).getAllByRole('listitem').length).toBeLessThan(60);
  });
});

describe('the calls to AWS', () => {
  const budget = { environment: 'dev', calls: 312, throttled: 0, per_second: 6.25, allowed_per_second: null };

  it('are told as they go', async () => {
    const throttled = { ...budget, environment: 'prod', throttled: 4, allowed_per_second: 8 };
    open(
      here,
      at(
        () => running,
        () => progress({ api: [budget, throttled] }),
      ),
    );
    expect(await screen.findByTestId('api-usage')).toHaveTextContent('6.3 calls/s, 4 throttled');
  });

  it.each([
    [0, '312 calls'],
    [4, '312 calls, 4 throttled'],
  ])('are summed up at the end: %s throttled', async (throttled, words) => {
    const ended = failedLog.map(
      (event): Event =>
        event.event === 'operation_ended' ? { ...event, api: { calls: 312, throttled } } : event,
    );
    open(
      here,
      at(() => ended),
    );
    expect((await screen.findByTestId('api-usage')).textContent).toBe(words);
  });
});

describe('the events', () => {
  const list = () => screen.getByRole('log', { name: 'Events' });
  const lines = () => within(list()).getAllByRole('listitem');

  it('are filtered by stack and by failures, which the address keeps', async () => {
    const { user } = open(
      here,
      at(() => failedLog),
    );
    await screen.findByText('9 events');
    await user.click(screen.getByRole('combobox', { name: 'Stack' }));
    await user.click(await screen.findByRole('option', { name: 'network' }));
    await screen.findByText('3 of 9 events');
    await user.click(screen.getByRole('checkbox', { name: 'Failures only' }));
    await screen.findByText('2 of 9 events');
    expect(lines().map((line) => line.textContent)).toEqual([
      expect.stringContaining('CREATE_FAILED'),
      expect.stringContaining('Failed'),
    ]);
    expect(window.location.hash).toContain('events=network%2Fdev&failures=true');
    await expectAccessible();
    await user.click(button('Show all'));
    await screen.findByText('9 events');
    expect(window.location.hash).not.toContain('events=');
  });

  it('of an address come filtered', async () => {
    open(
      `${here}&events=security%2Fdev`,
      at(() => failedLog),
    );
    await screen.findByText('1 of 9 events');
    expect(lines()).toHaveLength(1);
  });

  it('follow the newest until the user scrolls up, also after coming back', async () => {
    let events = failedLog.slice(0, 5);
    const backend = at(() => events);
    const { user, unmount } = open(here, backend);
    await screen.findByText('5 events');
    expect(screen.queryByRole('button', { name: /Jump to latest/ })).toBeNull();

    Object.defineProperty(list(), 'scrollHeight', { value: 5000, configurable: true });
    fireEvent.scroll(list(), { target: { scrollTop: 40 } });
    expect(button('Jump to latest')).toBeVisible();
    events = failedLog.slice(0, 8);
    await announce({ operation: id });
    await screen.findByRole('button', { name: 'Jump to latest (3 new)' });
    expect(list().scrollTop).toBe(40);

    unmount();
    open(here, backend);
    await screen.findByRole('button', { name: 'Jump to latest (3 new)' });
    expect(list().scrollTop).toBe(40);
    await user.click(button('Jump to latest (3 new)'));
    expect(screen.queryByRole('button', { name: /Jump to latest/ })).toBeNull();
    expect(list().scrollTop).toBeGreaterThan(40);
  });

  it('are ten thousand, and a window of them is in the document', async () => {
    const [, , , failed] = failedLog;
    const many = Array.from(
      { length: 10_000 },
      () => ({ ...failed, status: 'CREATE_COMPLETE' }) as EventKind,
    );
    open(
      here,
      at(() => log([failedLog[0] as EventKind, ...many])),
    );
    await screen.findByText('10001 events');
    expect(lines().length).toBeLessThan(80);
  });
});

describe('a failure', () => {
  it('is copied as Markdown, and shows the template’s lines', async () => {
    const report = vi.fn(() => '## network failed in dev\n');
    const { user } = open(here, {
      ...at(() => failedLog),
      failure_report: report,
      template_lines: () => ({
        path: 'stacks/network.yaml',
        first: 12,
        lines: ['  Vpc:', '    Type: AWS::EC2::VPC'],
      }),
    });
    await user.click(await screen.findByRole('button', { name: 'Copy as Markdown' }));
    expect(await navigator.clipboard.readText()).toBe('## network failed in dev\n');
    const key = { stack: 'network', environment: 'dev' };
    expect(report).toHaveBeenCalledWith({ id: 'DX6604E', operation: id, key });
    await user.click(button('Template lines'));
    const lines = await screen.findByRole('region', { name: 'Lines of stacks/network.yaml' });
    expect(lines).toHaveTextContent('12 Vpc:13 Type: AWS::EC2::VPC');
    await expectAccessible();
    await user.click(button('Template lines'));
    expect(screen.queryByRole('region', { name: 'Lines of stacks/network.yaml' })).toBeNull();
  });

  it('whose resource is in no template any more says so', async () => {
    const { user } = open(here, { ...at(() => failedLog), template_lines: () => null });
    await user.click(await screen.findByRole('button', { name: 'Template lines' }));
    expect(await screen.findByText('The template does not have Vpc as it stands now.')).toBeVisible();
  });

  it('of a whole stack has lines only where an import is the cause', async () => {
    const [start, , , resource] = failedLog;
    const whole = (reason: string) =>
      log([
        start as EventKind,
        {
          ...resource,
          resource_type: 'AWS::CloudFormation::Stack',
          status: 'ROLLBACK_IN_PROGRESS',
          reason,
        } as EventKind,
      ]);
    const asked = vi.fn(({ reason }: Record<string, unknown>) =>
      String(reason).startsWith('No export')
        ? { path: 'stacks/network.yaml', first: 12, lines: ['  Vpc: !ImportValue sharde'] }
        : null,
    );
    const missing = open(here, { ...at(() => whole('No export named sharde found')), template_lines: asked });
    await missing.user.click(await screen.findByRole('button', { name: 'Template lines' }));
    expect(await screen.findByRole('region', { name: 'Lines of stacks/network.yaml' })).toHaveTextContent(
      'sharde',
    );
    missing.unmount();
    open(here, { ...at(() => whole('Resource creation cancelled by an alarm')), template_lines: asked });
    await waitFor(() =>
      expect(asked).toHaveBeenLastCalledWith(
        expect.objectContaining({ reason: expect.stringContaining('alarm') }),
      ),
    );
    expect(screen.queryByRole('button', { name: 'Template lines' })).toBeNull();
  });

  it('of many: the first three are told, the others on request', async () => {
    const turns = Array.from({ length: 6 }, (_, n) => ({
      key: { stack: `s${n}`, environment: 'dev' },
      waits_for: [],
    }));
    const failed = log([
      { ...(failedLog[0] as EventKind), stacks: turns } as EventKind,
      ...turns.map(
        ({ key }): EventKind => ({
          event: 'stack_ended',
          key,
          outcome: 'failed',
          status: 'failed',
          reason: 'no luck',
          cloudformation_status: null,
          outputs: {},
          seconds: 1,
        }),
      ),
    ]);
    const { user } = open(
      here,
      at(() => failed),
    );
    expect(await screen.findAllByTestId('failure')).toHaveLength(3);
    await user.click(button('3 more failures'));
    expect(screen.getAllByTestId('failure')).toHaveLength(6);
    await expectAccessible();
  });
});

describe('as a command', () => {
  it('an operation is copied, and so is its cancel', async () => {
    const { user } = open(
      here,
      at(() => running),
    );
    await user.click(await screen.findByRole('button', { name: 'Copy the cancel as cloud command' }));
    expect(await navigator.clipboard.readText()).toBe('cloud cancel DX6604E');
    const operation = within(screen.getByTestId('operation'));
    await user.click(operation.getByRole('button', { name: 'Copy as cloud command' }));
    expect(await navigator.clipboard.readText()).toBe('cloud deploy DX6604E');
  });

  it('a line of the history is copied without being opened, and says whether it was reviewed', async () => {
    const operation = summary({ id: 'op7', reviewed: true, command: 'cloud destroy DX6604E' });
    const { user } = open('#/deployments/DX6604E', { deployment: () => detail({ operations: [operation] }) });
    await user.click(await screen.findByRole('button', { name: 'Copy Deploy in dev as cloud command' }));
    expect(await navigator.clipboard.readText()).toBe('cloud destroy DX6604E');
    expect(window.location.hash).toBe('#/deployments/DX6604E');
    expect(screen.getByTestId('history-op7')).toHaveTextContent('ana@workstation, app 0.1.0reviewed');
  });
});
