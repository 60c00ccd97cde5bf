import { type Arguments, announce, from, refusal } from '@test/backend';
import { cell, detail, failedLog, log, row, stack, summary } from '@test/fixtures';
import { button, expectAccessible, open } from '@test/render';
import { replay } from '@test/replay';
import { resource, stackReview } from '@test/review-fixtures';
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { Event, EventKind } from '@/api/backend';
import { deploymentRoute, navigate } from '@/router';
import { describe as line } from './events/describe-event';

const id = failedLog[0]?.operation ?? '';
const here = `#/deployments/DX6604E?operation=${id}`;

/** A backend whose operation has come as far as `events` says. */
const at = (events: () => Event[]) => ({
  deployment: () => detail({ operations: [summary({ id })] }),
  operation: () => replay(events()),
  operation_events: (args: Record<string, unknown>) => from(events(), args),
});

/** How the deployment's row tells of the operation while it runs. */
const running = {
  operation: id,
  kind: 'deploy',
  environment: 'dev',
  done: 0,
  total: 3,
  started_at: '2025-10-30T00:46:48Z',
  elsewhere: 'deploy on ci-3, process 99',
} as const;

const by = { user: 'ana', host: 'workstation', pid: 4711, front_end: 'app', version: '0.1.0' };

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

  it('counts what went well once it is over, and in a destroy only what there was', async () => {
    const { unmount } = open(
      here,
      at(() => failedLog),
    );
    expect(await screen.findByText(/^1 of 3 stacks/)).toBeVisible();
    unmount();
    const destroyed = failedLog.map((event): Event => {
      if (event.event === 'operation_started') return { ...event, kind: 'destroy' };
      return event.event === 'stack_ended' && event.key.stack === 'storage'
        ? { ...event, outcome: 'unchanged' }
        : event;
    });
    open(
      here,
      at(() => destroyed),
    );
    expect(await screen.findByTestId('run-storage-dev')).toHaveTextContent('Not there');
    expect(screen.getByText(/^0 of 2 stacks/)).toBeVisible();
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
    expect(events).toHaveTextContent('CREATE_FAILED Vpc: The maximum number of VPCs has been reached.');
  });

  describe('that is cancelled', () => {
    /** The operation runs; what is asked of the backend becomes true at once. */
    function begin() {
      let events = failedLog.slice(0, 3);
      const cancel = vi.fn(async ({ runningToo }: Arguments) => {
        const [next] = log([
          { event: 'cancel_requested', running_too: Boolean(runningToo), by: runningToo ? by : null },
        ]);
        if (next) events = [...events, { ...next, seq: events.length }];
        await announce({ operation: id });
        return null;
      });
      const { user } = open(here, { ...at(() => events), cancel_operation: cancel });
      return { user, cancel };
    }
    const first = { id: 'DX6604E', operation: id, runningToo: false };
    const second = { ...first, runningToo: true };

    it('does so in two steps, and asks before the second', async () => {
      const { user, cancel } = begin();
      await user.click(await screen.findByRole('button', { name: 'Cancel' }));
      expect(cancel).toHaveBeenCalledExactlyOnceWith(first);
      await user.click(await screen.findByRole('button', { name: 'Cancel running stacks too…' }));
      const question = await screen.findByRole('alertdialog', {
        name: 'Cancel the 2 stacks that are running?',
      });
      expect(within(question).getByRole('list', { name: 'Running stacks' })).toHaveTextContent(
        'network in dev',
      );
      await expectAccessible();
      await user.click(within(question).getByRole('button', { name: 'Let them finish' }));
      expect(cancel).toHaveBeenCalledOnce();
      await user.click(button('Cancel running stacks too…'));
      await user.click(await screen.findByRole('button', { name: 'Cancel 2 stacks' }));
      expect(cancel).toHaveBeenLastCalledWith(second);
      expect(await screen.findByText(/^Cancelling the running stacks, too/)).toBeVisible();
      const told = screen.getByRole('log', { name: 'Events' });
      expect(told).toHaveTextContent('nothing further starts');
      expect(told).toHaveTextContent(`asked for by ${by.user}@${by.host} with ${by.front_end}`);
    });

    it('leaves the first button in its place, so that nothing comes under the pointer', async () => {
      const { user, cancel } = begin();
      const pressed = await screen.findByRole('button', { name: 'Cancel' });
      await user.dblClick(pressed);
      expect(await screen.findByRole('button', { name: 'Cancel requested' })).toBe(pressed);
      await user.click(pressed);
      expect(cancel).not.toHaveBeenCalledWith(second);
      expect(screen.queryByRole('alertdialog')).toBeNull();
    });

    it('is not confirmed by a double click, nor by Enter held down', async () => {
      const { user, cancel } = begin();
      await user.click(await screen.findByRole('button', { name: 'Cancel' }));
      const second = await screen.findByRole('button', { name: 'Cancel running stacks too…' });
      // The second click of a double click lands on whatever has come there.
      await user.click(second);
      const confirm = await screen.findByRole('button', { name: 'Cancel 2 stacks' });
      fireEvent.click(confirm, { detail: 2 });
      expect(cancel).toHaveBeenCalledOnce();
      await waitFor(() => expect(button('Let them finish')).toHaveFocus());
      confirm.focus();
      expect(fireEvent.keyDown(confirm, { key: 'Enter', repeat: true })).toBe(false);
      expect(cancel).toHaveBeenCalledOnce();
    });
  });

  it.each([
    ['Try again', failedLog],
    ['Resume', [...failedLog.slice(0, 1), ...log([{ event: 'taken_up', by }]), ...failedLog.slice(1)]],
  ])('goes on from where it ended: %s', async (name, events) => {
    const { user } = open(
      here,
      at(() => events),
    );
    await user.click(await screen.findByRole('button', { name }));
    expect(window.location.hash).toContain('review?kind=deploy&environment=dev');
  });

  it('is there while it runs, without being asked for, and can be cancelled also where another program runs it', async () => {
    const cancel = vi.fn(() => null);
    const { user } = open('#/deployments/DX6604E', {
      ...at(() => failedLog.slice(0, 3)),
      deployment: () => detail({ row: row({ running }) }),
      cancel_operation: cancel,
    });
    expect(await screen.findByTestId('run-network-dev')).toBeVisible();
    expect(screen.getByText('Another program runs it: deploy on ci-3, process 99.')).toBeVisible();
    await user.click(button('Cancel'));
    expect(cancel).toHaveBeenCalledWith({ id: 'DX6604E', operation: id, runningToo: false });
  });

  it('that was followed while it ran stays in sight when it has ended', async () => {
    let ended = false;
    open('#/deployments/DX6604E', {
      ...at(() => (ended ? failedLog : failedLog.slice(0, 3))),
      deployment: () => detail({ row: row({ running: ended ? null : running }) }),
    });
    expect(await screen.findByTestId('run-network-dev')).toBeVisible();
    ended = true;
    await announce({ deployment: 'DX6604E' }, { operation: id });
    expect(await screen.findByRole('list', { name: 'Failures' })).toBeVisible();
    await waitFor(() => expect(screen.queryByText(/Another program runs it/)).toBeNull());
    expect(screen.getByTestId('operation')).toHaveAttribute('data-outcome', 'partial');
  });

  it('that followed one that nobody chose takes its place', async () => {
    const [first, second] = [id, '20251030T010000Z-deploy-next'];
    let now = first;
    open('#/deployments/DX6604E', {
      ...at(() => failedLog.slice(0, 3)),
      deployment: () => detail({ row: row({ running: { ...running, operation: now } }) }),
    });
    await waitFor(() => expect(window.location.hash).toContain(`operation=${first}`));
    now = second;
    await announce({ deployment: 'DX6604E' });
    await waitFor(() => expect(window.location.hash).toContain(`operation=${second}`));
  });

  it('that is closed does not come back with the next news', async () => {
    const deployment = vi.fn(() => detail({ row: row({ running }) }));
    // Its log cannot be read: then it can be closed while it runs.
    const operation = () => {
      throw refusal('internal', 'the log cannot be read');
    };
    const { user } = open('#/deployments/DX6604E', { ...at(() => failedLog), operation, deployment });
    await screen.findByText('the log cannot be read');
    await user.click(button('Close operation'));
    await announce({ deployment: 'DX6604E' });
    await waitFor(() => expect(deployment).toHaveBeenCalledTimes(2));
    await screen.findByText('Deploy is running: 0 of 3 done');
    expect(window.location.hash).toBe('#/deployments/DX6604E');
  });

  it('that the user chose stays where another starts', async () => {
    const chosen = '20251029T010000Z-deploy-past';
    open(`#/deployments/DX6604E?operation=${chosen}`, {
      ...at(() => failedLog),
      deployment: () => detail({ row: row({ running }) }),
    });
    expect(await screen.findByText('Deploy is running: 0 of 3 done')).toBeVisible();
    expect(window.location.hash).toContain(`operation=${chosen}`);
  });

  it('that is over by now is not followed from what was known before', async () => {
    let now: typeof running | null = running;
    const { user } = open('#/deployments/DX6604E', {
      ...at(() => failedLog),
      list_deployments: () => [row({ deployment_id: 'DX6604E' })],
      deployment: () => detail({ row: row({ running: now }) }),
    });
    await waitFor(() => expect(window.location.hash).toContain(`operation=${id}`));
    await user.click(screen.getByRole('link', { name: 'Deployments' }));
    await screen.findByTestId('deployment-DX6604E');
    now = null;
    await announce({ deployment: 'DX6604E' });
    navigate(deploymentRoute('DX6604E'));
    await screen.findByTestId('deployment-status');
    await waitFor(() => expect(screen.queryByText(/is running/)).toBeNull());
    expect(window.location.hash).toBe('#/deployments/DX6604E');
  });

  it('that was taken up after its program died says so, and by whom', async () => {
    const takenUp = log([...failedLog.slice(0, 3), { event: 'taken_up', by }]);
    open(
      here,
      at(() => takenUp),
    );
    const note = await screen.findByRole('region', { name: 'Its program ended before it did' });
    expect(note).toHaveTextContent('ana@workstation, app 0.1.0 took it up');
    await expectAccessible();
  });

  it('says who ran it, with what, and whether it was reviewed', async () => {
    open(
      here,
      at(() => log([...failedLog.slice(0, 1), { event: 'reviewed', stacks: [] }])),
    );
    await screen.findByText(id);
    expect(screen.getByTestId('operation')).toHaveTextContent(
      `2025-10-30 by ana@workstation, app 0.1.0 · reviewed before it started · ${id}`,
    );
  });

  it('is saved as JSON, and says where, or why not', async () => {
    let full = true;
    const save = vi.fn(() => {
      if (full)
        throw refusal('internal', 'the log cannot be saved as /x.json: disk full', { hint: 'make room' });
      return '/home/ana/Downloads/DX6604E-op.json';
    });
    const { user } = open(here, { ...at(() => failedLog), export_operation: save });
    await user.click(await screen.findByRole('button', { name: 'Export as JSON' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('disk fullMake room.');
    full = false;
    await user.click(button('Export as JSON'));
    expect(await screen.findByText('Saved as /home/ana/Downloads/DX6604E-op.json')).toBeVisible();
    expect(save).toHaveBeenCalledWith({ id: 'DX6604E', operation: id });
    await expectAccessible();
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

  it('blames no line of a template where the stack failed as a whole', async () => {
    const whole = log([
      ...failedLog.slice(0, 3),
      {
        event: 'resource',
        key: { stack: 'network', environment: 'dev' },
        logical_id: 'DX6604E-network-dev',
        resource_type: 'AWS::CloudFormation::Stack',
        physical_id: null,
        status: 'ROLLBACK_IN_PROGRESS',
        reason: 'No export named shared-arn found.',
        happened_at: '2025-10-30T00:46:50Z',
      },
    ]);
    open(
      here,
      at(() => whole),
    );
    const failure = await screen.findByTestId('failure');
    expect(failure).toHaveTextContent('network in dev: No export named shared-arn found.');
    expect(within(failure).queryByRole('button', { name: 'Template lines' })).toBeNull();
  });

  it('leads from a failed stack to what helps it, as long as something does', async () => {
    const stuck = cell({ status: 'failed', ways_out: ['recreate'] });
    const { user } = open(here, {
      ...at(() => failedLog),
      deployment: () => detail({ stacks: [stack('network', { cells: [stuck] }), stack('storage')] }),
      recovery: () => new Promise(() => {}),
    });
    await user.click(await screen.findByRole('link', { name: 'How to fix network in dev' }));
    expect(await screen.findByRole('region', { name: 'How to fix' })).toBeVisible();
    expect(screen.getByTestId('operation')).toBeVisible();
  });

  it('does not offer to try again what cannot be taken before it is fixed', async () => {
    const stuck = cell({ status: 'failed', ways_out: ['continue_rollback'], takes_deploy: false });
    open(here, {
      ...at(() => failedLog),
      deployment: () => detail({ stacks: [stack('network', { cells: [stuck] }), stack('storage')] }),
    });
    expect(await screen.findByRole('link', { name: 'How to fix network in dev' })).toBeVisible();
    expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
  });

  it('leads to how a protected stack is fixed, although nothing else is wrong with it', async () => {
    const whole = failedLog.map((event) =>
      event.event === 'stack_ended' && event.key.stack === 'network' ? { ...event, protected: true } : event,
    );
    open(
      here,
      at(() => whole),
    );
    expect(await screen.findByRole('link', { name: 'How to fix network in dev' })).toBeVisible();
  });

  it('offers no help for a stack that is well again', async () => {
    open(
      here,
      at(() => failedLog),
    );
    await screen.findByTestId('failure');
    expect(screen.queryByRole('link', { name: /How to fix/ })).toBeNull();
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

/** The log of an operation that came so far, and then this. */
function then(...kinds: EventKind[]): Event[] {
  const begun = failedLog.slice(0, 3);
  return [...begun, ...log(kinds).map((event) => ({ ...event, seq: event.seq + begun.length }))];
}

describe('an operation that waits', () => {
  const command = 'aws sso login --sso-session main';
  const paused: EventKind = {
    event: 'paused',
    environment: 'dev',
    reason: `the AWS login of profile 'acme' has run out; log in with '${command}'`,
    command,
  };
  const changes = [resource('Rule', { action: 'remove', danger: 'replaces' })];
  const asking: EventKind = {
    event: 'approval_needed',
    review: stackReview('security', { action: 'update', changes }),
    differences: [{ logical_id: 'Rule', what: 'would be removed; it was not in the review' }],
  };

  it('for a login says so, gives the command to copy, and goes on when told', async () => {
    let events = then(paused);
    const resume = vi.fn((): null => {
      throw refusal('credentials', 'The session has not begun.', { hint: 'Run the command first.' });
    });
    const { user } = open(here, { ...at(() => events), resume_operation: resume });
    const notice = await screen.findByRole('alert');
    expect(notice).toHaveTextContent('Waiting for a login in dev');
    expect(notice).toHaveTextContent('The AWS login of profile');
    expect(notice).toHaveTextContent('Nothing is marked as failed');
    await user.click(button('Copy command'));
    expect(await navigator.clipboard.readText()).toBe(command);
    await expectAccessible();
    await user.click(button('I have logged in: go on'));
    expect(resume).toHaveBeenCalledWith({ operation: id });
    await waitFor(() =>
      expect(screen.getByTestId('pauses')).toHaveTextContent(
        'The session has not begun.Run the command first.',
      ),
    );
    events = then(paused, { event: 'resumed', environment: 'dev' });
    await announce({ operation: id });
    await waitFor(() => expect(screen.queryByTestId('pauses')).toBeNull());
  });

  it('for a login without a command has none to copy', async () => {
    open(
      here,
      at(() => then({ ...paused, reason: 'the keys were taken back', command: null })),
    );
    expect(await screen.findByRole('alert')).toHaveTextContent('The keys were taken back.');
    expect(screen.queryByRole('button', { name: 'Copy command' })).toBeNull();
  });

  it.each([
    ['Go on with these changes', true],
    ['Leave security out', false],
  ])('for an answer shows what differs first, then all of it: %s', async (name, approved) => {
    let events = then(asking);
    const answer = vi.fn(() => null);
    const { user } = open(here, { ...at(() => events), answer_approval: answer });
    const question = await screen.findByRole('alert');
    expect(question).toHaveTextContent('security in dev would change in a way that was not reviewed');
    expect(within(question).getByRole('list', { name: 'What differs' })).toHaveTextContent(
      'Rule would be removed; it was not in the review',
    );
    expect(screen.getByTestId('run-security-dev')).toHaveTextContent('Asks you');
    await user.click(button('All changes of security'));
    expect(within(question).getByTestId('change-Rule')).toHaveTextContent('Removed');
    await expectAccessible();
    await user.click(button(name));
    const key = { stack: 'security', environment: 'dev' };
    expect(answer).toHaveBeenCalledWith({ operation: id, key, approved });
    events = then(asking, { event: 'approval_given', key, approved });
    await announce({ operation: id });
    await waitFor(() => expect(screen.queryByTestId('approvals')).toBeNull());
  });

  it('that would cost data says which', async () => {
    const table = resource('Table', { action: 'modify', replacement: 'yes', danger: 'loses_data' });
    const review = stackReview('security', { action: 'update', changes: [table] });
    open(
      here,
      at(() => then({ event: 'approval_needed', review, differences: [] })),
    );
    const warning = await screen.findByRole('region', { name: 'Data is at risk in 1 resource' });
    expect(warning).toHaveTextContent('Table in security is replaced');
    await expectAccessible();
  });

  it('says so politely in its headline', async () => {
    open(
      here,
      at(() => then(asking, paused)),
    );
    await screen.findByTestId('pauses');
    const [status] = within(screen.getByTestId('operation')).getAllByRole('status');
    await waitFor(() =>
      expect(status).toHaveTextContent('Deploy in dev: 0 of 3 stacks done. Waiting for a login'),
    );
  });
});

it('a repair has its name in the history', async () => {
  open('#/deployments/DX6604E', {
    deployment: () => detail({ operations: [summary({ kind: 'repair-stack', stack: 'network' })] }),
  });
  expect(
    await screen.findByRole('button', { name: 'Show Repair stack network in dev, Succeeded' }),
  ).toBeVisible();
});

it('every event has words', () => {
  const words = [
    ...failedLog,
    ...log([
      { event: 'cancel_requested', running_too: true },
      { event: 'warning', message: 'slow' },
      { event: 'reviewed', stacks: [] },
      { event: 'approval_needed', review: stackReview('network'), differences: [] },
      { event: 'approval_given', key: { stack: 'network', environment: 'dev' }, approved: true },
      { event: 'approval_given', key: { stack: 'network', environment: 'dev' }, approved: false },
      { event: 'paused', environment: 'dev', reason: 'the session ended', command: null },
      { event: 'resumed', environment: 'dev' },
      {
        event: 'stack_started',
        key: { stack: 'network', environment: 'dev' },
        action: 'repair',
        resources: null,
      },
      { event: 'change_set_executed', key: { stack: 'network', environment: 'dev' }, resources: 5 },
    ]),
  ].map((event) => line(event, 'deploy').text);
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
    'Approved as reviewed',
    'Waits for your answer',
    'Goes on with these changes',
    'Left out',
    'Waits for a login',
    'Goes on',
    'Started: repair',
    'Change set executed',
  ]);
});
