import { type Answers, refusal } from '@test/backend';
import { cell, detail, stack } from '@test/fixtures';
import { button, expectAccessible, open } from '@test/render';
import { recoveryCard, wayOut } from '@test/review-fixtures';
import { screen, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { Cell } from '@/api/backend';

const here = '#/deployments/DX6604E?stack=network&environment=dev';

/** The panel of a stack in this state. */
function openPanel(state: Partial<Cell>, answers: Answers = {}, hash = here) {
  const asked = vi.fn(() => recoveryCard());
  const opened = open(hash, {
    deployment: () => detail({ stacks: [stack('network', { cells: [cell(state)] })] }),
    recovery: asked,
    start_review: () => new Promise(() => {}),
    ...answers,
  });
  return { ...opened, asked };
}

const held: Partial<Cell> = { status: 'failed', ways_out: ['continue_rollback'] };
const section = () => screen.findByRole('region', { name: 'How to fix' });
const choice = { resource_type: 'AWS::SQS::Queue', physical_id: null, status: 'UPDATE_FAILED', reason: null };

describe('what helps a stack', () => {
  it('stands in the panel of a failed stack: the cause first, the state, then each way with its call', async () => {
    const { asked } = openPanel(held);
    const way = await screen.findByTestId('way-continue_rollback');
    expect(asked).toHaveBeenCalledWith({ id: 'DX6604E', key: { stack: 'network', environment: 'dev' } });
    expect(await section()).toHaveTextContent(
      /^How to fixQueue: the queue was deleted by handUPDATE_ROLLBACK_FAILEDAn update failed/,
    );
    expect(await section()).toHaveTextContent('security needs this stack.');
    for (const words of [
      'ContinueUpdateRollback --stack-name DX6604E-network-dev --resources-to-skip Queue',
      'What is skipped stays as it is now.',
      'security keeps what it has.',
    ]) {
      expect(way).toHaveTextContent(words);
    }
    await expectAccessible();
  });

  it.each<[string, Partial<Cell>, boolean]>([
    ['nothing is wrong', { status: 'deployed', ways_out: [] }, false],
    ['waiting is all there is, and nothing is under way', { status: 'deployed', ways_out: ['wait'] }, false],
    ['somebody else is changing it', { status: 'deploying', ways_out: ['wait'] }, true],
    ['a change set was left over', { status: 'not_deployed', ways_out: ['discard_review'] }, true],
  ])(
    'is there where it can be of use, and CloudFormation is asked only then: %s',
    async (_, state, there) => {
      const { user, asked } = openPanel(state);
      await screen.findByRole('complementary');
      expect(screen.queryAllByRole('button', { name: 'How to fix' })).toHaveLength(Number(there));
      expect(asked).not.toHaveBeenCalled();
      if (there) {
        await user.click(button('How to fix'));
        expect(await screen.findByTestId('way-continue_rollback')).toBeVisible();
        expect(window.location.hash).toContain('help=true');
      }
    },
  );

  it('is shown at once where it was asked for elsewhere', async () => {
    openPanel({ status: 'not_deployed', ways_out: ['discard_review'] }, {}, `${here}&help=true`);
    expect(await screen.findByTestId('way-continue_rollback')).toBeVisible();
  });

  it('is never empty where it was asked for, whatever is written down', async () => {
    const recovery = () => recoveryCard({ ways: [], cloudformation_status: null, cause: null });
    openPanel({ status: 'failed', ways_out: [] }, { recovery }, `${here}&help=true`);
    expect(await screen.findByText('no such stack')).toBeVisible();
    expect(await section()).toHaveTextContent('Nothing has to be done to the stack itself.');
  });

  it('does not repeat a cause that stands there already', async () => {
    openPanel({ ...held, reason: 'Queue: the queue was deleted by hand; the rollback failed' });
    await screen.findByTestId('way-continue_rollback');
    expect(within(screen.getByRole('complementary')).getAllByText(/deleted by hand/)).toHaveLength(1);
  });

  it('takes the chosen resources along to the review', async () => {
    const choices = [
      { ...choice, logical_id: 'Queue', chosen: true, reason: 'it does not exist' },
      { ...choice, logical_id: 'Topic', chosen: false },
    ];
    const { user } = openPanel(held, { recovery: () => recoveryCard({ ways: [wayOut({ choices })] }) });
    const queue = await screen.findByRole('checkbox', { name: 'Queue' });
    expect(queue).toBeChecked();
    expect(queue).toHaveAccessibleDescription(/^AWS::SQS::Queue UPDATE_FAILED\s*it does not exist$/);
    expect(button('Copy as cloud command')).toBeVisible();
    await expectAccessible();
    await user.click(queue);
    await user.click(screen.getByRole('checkbox', { name: 'Topic' }));
    // The command says what was proposed, not what is chosen now.
    expect(screen.queryByRole('button', { name: 'Copy as cloud command' })).toBeNull();
    await user.click(button('Continue the rollback'));
    expect(window.location.hash).toBe(
      '#/deployments/DX6604E/review?kind=repair-stack&environment=dev&stack=network&way=continue_rollback&skip=Topic',
    );
  });

  it('leaves resources behind in a delete', async () => {
    const way = wayOut({
      way: 'retain',
      title: 'Leave them behind',
      destructive: true,
      choices: [{ ...choice, logical_id: 'Bucket', chosen: true }],
      request: { kind: 'destroy-stack', stack: 'network', environment: 'dev', force: false },
    });
    const { user } = openPanel(held, { recovery: () => recoveryCard({ ways: [way] }) });
    await user.click(await screen.findByRole('button', { name: 'Leave them behind' }));
    expect(window.location.hash).toContain('kind=destroy-stack&environment=dev&stack=network&retain=Bucket');
  });

  it('keeps a way in sight that is refused now, and says why', async () => {
    const refused = 'Termination protection is on. Switch it off first.';
    const ways = [
      wayOut({ way: 'destroy_again', title: 'Delete again', destructive: true, refused }),
      wayOut({ way: 'wait', title: 'Leave it', call: null, request: null, command: null }),
    ];
    const { user } = openPanel(held, { recovery: () => recoveryCard({ ways, protected: true }) });
    const way = await screen.findByTestId('way-destroy_again');
    expect(way).toHaveTextContent(refused);
    await user.click(within(way).getByRole('button', { name: 'Delete again' }));
    expect(window.location.hash).not.toContain('review');
    expect(screen.getByTestId('way-wait').querySelector('button')).toBeNull();
    expect(await section()).toHaveTextContent(
      'Termination protection is on: it can be repaired, but not deleted.',
    );
    await expectAccessible();
  });

  it('says why CloudFormation could not be asked', async () => {
    openPanel(held, {
      recovery: () => {
        throw refusal('credentials', 'The login of dev has ended.', { hint: 'Log in again.' });
      },
    });
    expect(await screen.findByRole('alert')).toHaveTextContent('The login of dev has ended.Log in again.');
  });
});
