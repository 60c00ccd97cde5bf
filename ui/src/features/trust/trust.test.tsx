import { refusal } from '@test/backend';
import { cell, detail, environment, interrupted, row, stack } from '@test/fixtures';
import { expectAccessible, open } from '@test/render';
import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { TakeOverView, TrustQuestion } from '@/api/backend';

const question = (deployment: string): TrustQuestion => ({
  deployment,
  folder: `/deployments/${deployment}-Org-app`,
  unknown: [
    {
      environments: ['dev', 'prod'],
      access: { account: '123456789012', profile: 'deploy', endpoints: [] },
    },
    {
      environments: ['stage'],
      access: { account: '210987654321', profile: null, endpoints: ['http://127.0.0.1:4566'] },
    },
  ],
});
const untrusted = (id: string) =>
  refusal('untrusted', 'this folder names account 123456789012 with profile deploy', {
    trust: question(id),
  });

/** What was answered holds as long as the page: each test has a deployment of its own. */
let id = 'D000000';
let count = 0;
beforeEach(() => {
  count += 1;
  id = `D00000${count}`;
});

/** A backend that trusts nothing until it is told to. */
function opened() {
  let trusted = false;
  const trust = vi.fn(() => {
    trusted = true;
    return null;
  });
  const resources = vi.fn(() => {
    if (!trusted) throw untrusted(id);
    return { asked_at: '2025-10-30T00:46:48.258878Z', resources: [] };
  });
  const page = open(`#/deployments/${id}?stack=network&environment=dev&tab=resources`, {
    deployment: () =>
      detail({
        row: row({ deployment_id: id }),
        environments: [environment({ target: 'aws' })],
        stacks: [stack('network', { cells: [cell({ status: 'deployed' })] })],
      }),
    trust_question: () => (trusted ? null : question(id)),
    trust_deployment: trust,
    stack_resources: resources,
    refresh_deployment: () => {
      throw untrusted(id);
    },
    stack_log: () => ({ runs: [], events: [], resources: [] }),
  });
  return { ...page, trust, resources };
}

describe('the question whether a folder is trusted', () => {
  it('is asked before the first call, shows what it is about, and the call is made after a yes', async () => {
    const { user, trust, resources } = opened();
    const dialog = await screen.findByRole('dialog', { name: `Trust ${id} with 2 accounts?` });
    const [, first, second] = within(dialog).getAllByRole('row');
    expect(first).toHaveTextContent('dev, prod123456789012Profile deployAWS');
    expect(second).toHaveTextContent('stage210987654321Default credentialshttp://127.0.0.1:4566');
    expect(within(dialog).getByRole('button', { name: 'Not now' })).toHaveFocus();
    await expectAccessible();
    expect(trust).not.toHaveBeenCalled();
    await user.click(within(dialog).getByRole('button', { name: 'Trust' }));
    expect(trust).toHaveBeenCalledWith({ id, accesses: question(id).unknown.map(({ access }) => access) });
    await waitFor(() => expect(resources).toHaveBeenCalledTimes(2));
    expect(screen.queryByText(/this folder names account/)).toBeNull();
  });

  it('is asked once: after a no it stands on the page, with a button that asks again', async () => {
    const { user, trust, resources } = opened();
    await user.click(await screen.findByRole('button', { name: 'Not now' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('this folder names account');
    await user.click(screen.getByRole('tab', { name: 'Overview' }));
    await user.click(screen.getByRole('tab', { name: 'Resources' }));
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(trust).not.toHaveBeenCalled();
    // What somebody presses asks again.
    await user.click(screen.getByRole('button', { name: 'Refresh dev from CloudFormation' }));
    await user.click(await screen.findByRole('button', { name: 'Not now' }));
    const notice = screen.getByRole('region', { name: /AWS is not called for this folder/ });
    await user.click(within(notice).getByRole('button', { name: 'Trust…' }));
    const asked = resources.mock.calls.length;
    await user.click(await screen.findByRole('button', { name: 'Trust' }));
    await waitFor(() => expect(resources.mock.calls.length).toBe(asked + 1));
    const panel = screen.getByRole('complementary');
    await waitFor(() => expect(within(panel).queryByText(/this folder names account/)).toBeNull());
  });
});

const view: TakeOverView = {
  operation: '20251030T004648Z-deploy-k3f9',
  kind: 'deploy',
  host: 'build-7',
  started_at: '2025-10-30T00:46:48.258878Z',
  places: [
    {
      environment: 'prod',
      target: 'aws',
      region: 'us-east-1',
      account: '123456789012',
      profile: 'deploy',
      identity: 'arn:aws:sts::123456789012:assumed-role/Deploy/ada',
    },
  ],
  effects: ['CloudFormation is asked about network-prod.'],
};

describe('an operation that was interrupted on another machine', () => {
  const problem = 'a deploy was interrupted on build-7';
  const there = () =>
    detail({ row: row({ deployment_id: id, problem, interrupted: interrupted({ here: false }) }) });

  it('is taken over after it was shown what that does, in which account and as whom', async () => {
    const takeOver = vi.fn(() => null);
    const { user } = open(`#/deployments/${id}`, {
      deployment: there,
      take_over_view: () => view,
      take_over: takeOver,
    });
    const notice = await screen.findByRole('region', { name: problem });
    expect(within(notice).queryByRole('button', { name: 'Ask CloudFormation' })).toBeNull();
    await user.click(within(notice).getByRole('button', { name: 'Take over…' }));
    const dialog = await screen.findByRole('dialog');
    await waitFor(() => expect(dialog).toHaveTextContent('Deploy was interrupted on build-7'));
    for (const text of [
      'prod',
      '123456789012',
      'Profile deploy',
      'assumed-role/Deploy/ada',
      'network-prod',
    ]) {
      expect(dialog).toHaveTextContent(text);
    }
    await expectAccessible();
    await user.click(within(dialog).getByRole('button', { name: 'Take over' }));
    expect(takeOver).toHaveBeenCalledWith({ id, operation: view.operation });
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('asks whether the folder is trusted before it asks AWS who one is', async () => {
    let trusted = false;
    const { user } = open(`#/deployments/${id}`, {
      deployment: there,
      trust_deployment: () => {
        trusted = true;
        return null;
      },
      take_over_view: () => {
        if (!trusted) throw untrusted(id);
        return view;
      },
    });
    await user.click(await screen.findByRole('button', { name: 'Take over…' }));
    await user.click(await screen.findByRole('button', { name: 'Trust' }));
    const dialog = await screen.findByRole('dialog', { name: /Take over the interrupted operation/ });
    await waitFor(() => expect(dialog).toHaveTextContent('assumed-role/Deploy/ada'));
  });
});
