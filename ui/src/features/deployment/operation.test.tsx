import { announce, from, refusal } from '@test/backend';
import { detail, failedLog, log, row, summary } from '@test/fixtures';
import { button, expectAccessible, open } from '@test/render';
import { replay } from '@test/replay';
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { Event } from '@/api/backend';
import { describe as line } from './describe-event';

const id = failedLog[0]?.operation ?? '';
const here = `#/deployments/DX6604E?operation=${id}`;

/** A backend whose operation has come as far as `events` says. */
const at = (events: () => Event[]) => ({
  deployment: () => detail({ operations: [summary({ id })] }),
  operation: () => replay(events()),
  operation_events: (args: Record<string, unknown>) => from(events(), args),
});

describe('an operation', () => {
  it('tells queued from running, and what a queued stack waits for', async () => {
    open(
      here,
      at(() => failedLog.slice(0, 3)),
    );
    const queued = await screen.findByTestId('run-security-dev');
    expect(queued).toHaveAttribute('data-phase', 'queued');
    expect(queued).toHaveTextContent('Queuedwaits for network');
    const running = screen.getByTestId('run-network-dev');
    expect(running).toHaveAttribute('data-phase', 'running');
    expect(running).toHaveTextContent(/Creating.*0 \/ 2/);
    expect(screen.getByTestId('operation')).toHaveAttribute('data-outcome', 'running');
    await expectAccessible();
  });

  it('puts the root cause first: the resource that failed, and its stack', async () => {
    open(
      here,
      at(() => failedLog),
    );
    const failures = await screen.findByRole('list', { name: 'Failures' });
    const [first] = within(failures).getAllByTestId('failure');
    expect(first).toHaveTextContent('network in dev: The maximum number of VPCs has been reached.');
    expect(first).toHaveTextContent('Vpc AWS::EC2::VPC CREATE_FAILED');
    expect(first).toHaveTextContent('1 stack was skipped.');
    expect(screen.getByTestId('operation')).toHaveAttribute('data-outcome', 'partial');
    expect(screen.getByTestId('run-security-dev')).toHaveTextContent('Skippednetwork failed');
    expect(screen.queryByRole('button', { name: 'Cancel' })).toBeNull();
    await expectAccessible();
  });

  it('orders failures by when the resource failed, not by when the stack ended', async () => {
    const both = failedLog.map((event): Event => {
      if (event.event === 'resource' && event.key.stack === 'storage') {
        return { ...event, status: 'CREATE_FAILED', reason: 'later', happened_at: '2025-10-30T00:46:59Z' };
      }
      return event.event === 'stack_ended' && event.key.stack === 'storage'
        ? { ...event, outcome: 'failed' }
        : event;
    });
    open(
      here,
      at(() => both),
    );
    const failures = await screen.findAllByTestId('failure');
    expect(failures.map((failure) => failure.textContent?.split(' ')[0])).toEqual(['network', 'storage']);
  });

  it('follows its events as they come, and says its progress politely', async () => {
    let until = 3;
    open(
      here,
      at(() => failedLog.slice(0, until)),
    );
    const status = () => within(screen.getByTestId('operation')).getAllByRole('status')[0];
    await waitFor(() => expect(status()).toHaveTextContent('Deploy in dev: 0 of 3 stacks done'));
    until = failedLog.length;
    await announce({ operation: id });
    await waitFor(() => expect(status()).toHaveTextContent('Deploy in dev: Partial'));
    const events = screen.getByRole('log', { name: 'Events' });
    await waitFor(() => expect(within(events).getAllByRole('listitem')).toHaveLength(failedLog.length));
    expect(events).toHaveTextContent('CREATE_FAILEDVpc: The maximum number of VPCs has been reached.');
  });

  it('cancels in two steps', async () => {
    let events = failedLog.slice(0, 3);
    const cancel = vi.fn(() => null);
    const { user } = open(here, { ...at(() => events), cancel_operation: cancel });
    await user.click(await screen.findByRole('button', { name: 'Cancel' }));
    expect(cancel).toHaveBeenCalledWith({ operation: id });
    for (const [running_too, shown] of [
      [false, () => button('Cancel running stacks too')],
      [true, () => screen.getByText('Cancelling…')],
    ] as const) {
      const [next] = log([{ event: 'cancel_requested', running_too }]);
      if (next) events = [...events, { ...next, seq: events.length }];
      await announce({ operation: id });
      await waitFor(() => expect(shown()).toBeVisible());
    }
  });

  it('is there while it runs, without being asked for', async () => {
    const running = {
      operation: id,
      kind: 'deploy',
      environment: 'dev',
      done: 0,
      total: 3,
      elsewhere: 'cloud on ci-3, process 99',
    } as const;
    open('#/deployments/DX6604E', {
      ...at(() => failedLog.slice(0, 3)),
      deployment: () => detail({ row: row({ running }) }),
    });
    expect(await screen.findByTestId('run-network-dev')).toBeVisible();
    expect(screen.getByText('Run by cloud on ci-3, process 99.')).toBeVisible();
  });

  it('opens from the history, and closes', async () => {
    const { user } = open(
      '#/deployments/DX6604E',
      at(() => failedLog),
    );
    await user.click(await screen.findByRole('button', { name: 'Show Deploy in dev, Succeeded' }));
    expect(await screen.findByTestId('operation')).toBeVisible();
    await user.click(await screen.findByRole('button', { name: 'Close operation' }));
    expect(screen.queryByTestId('operation')).toBeNull();
  });

  it('whose log is gone says so', async () => {
    open(here, {
      ...at(() => failedLog),
      operation: () => {
        throw refusal('not_found', 'There is no such operation.');
      },
    });
    expect(await screen.findByRole('alert')).toHaveTextContent('There is no such operation.');
  });
});

it('every event has words', () => {
  const words = [
    ...failedLog,
    ...log([
      { event: 'cancel_requested', running_too: true },
      { event: 'warning', message: 'slow' },
    ]),
  ].map((event) => line(event).text);
  expect(words).toEqual([
    'Deploy started',
    'Started: create',
    'Started: create',
    'CREATE_FAILED',
    'CREATE_COMPLETE',
    'Failed',
    'Skipped',
    'Succeeded',
    'Partial',
    'Cancel requested',
    'Warning',
  ]);
});
