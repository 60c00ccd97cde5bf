import { announce } from '@test/backend';
import { cell, detail, environment, stack } from '@test/fixtures';
import { comparison, inspectAnswers } from '@test/inspect-fixtures';
import { button, expectAccessible, open } from '@test/render';
import { act, screen, waitFor } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';

const names = ['dev', 'stage', 'prod'];
const three = detail({
  environments: names.map((name) => environment({ name })),
  compare: { from: 'stage', to: 'prod' },
  stacks: [stack('network', { cells: names.map((name) => cell({ environment: name })) })],
});
const here = '#/deployments/DX6604E/compare';

describe('two environments side by side', () => {
  it('begin with how the one stands, and what is meant to differ is told from what is behind', async () => {
    const asked = vi.fn(inspectAnswers.compare_environments);
    const { user } = open(here, { deployment: () => three, ...inspectAnswers, compare_environments: asked });
    expect(await screen.findByTestId('comparison')).toHaveTextContent('prod is behind stage by 2 stacks.');
    expect(asked).toHaveBeenCalledWith({ id: 'DX6604E', from: 'stage', to: 'prod' });
    const network = screen.getByTestId('compared-network');
    expect(network).toHaveTextContent('networkBehindtemplate, 1 parameter, 3 values meant to differ');
    expect(screen.getByTestId('compared-security')).toHaveTextContent(
      'Not theredeployed in stage, enabled but not there in prod',
    );
    expect(screen.queryByTestId('compared-storage')).toBeNull();
    await user.click(button(/^network/));
    expect(await screen.findByTestId('difference-Size')).toHaveTextContent(
      'Size21A deploy of prod changes it',
    );
    expect(screen.getByTestId('difference-Mode')).toHaveTextContent(
      'laxstrictThe manifest gives each its own',
    );
    expect(screen.getByTestId('difference-VpcId')).toHaveTextContent(
      'From network.VpcId, which each has its own of',
    );
    expect(network).toHaveTextContent('CloudFormation keeps Password to itself');
    expect(
      await screen.findByRole('region', { name: 'Template of network: from prod to stage' }),
    ).toBeVisible();
    await user.click(button('1 stack the same'));
    expect(screen.getByTestId('compared-storage')).toHaveTextContent('Same');
    await expectAccessible();
  });

  it('stays where it began, whatever is deployed meanwhile', async () => {
    const asked = vi.fn(inspectAnswers.compare_environments);
    let compare = { from: 'dev', to: 'stage' };
    const deployment = vi.fn(() => ({ ...three, compare }));
    open(here, {
      deployment,
      ...inspectAnswers,
      compare_environments: asked,
    });
    await screen.findByTestId('comparison');
    expect(asked).toHaveBeenCalledWith({ id: 'DX6604E', from: 'dev', to: 'stage' });
    compare = { from: 'stage', to: 'prod' };
    await announce({ deployment: 'DX6604E' });
    await waitFor(() => expect(deployment).toHaveBeenCalledTimes(2));
    await act(async () => {});
    expect(screen.getByRole('combobox', { name: 'From' })).toHaveTextContent('dev');
    expect(screen.getByRole('combobox', { name: 'To' })).toHaveTextContent('stage');
  });

  it('keep the focus where a stack’s panel closes', async () => {
    const { user } = open(`${here}?stack=network&environment=dev`, {
      deployment: () => three,
      ...inspectAnswers,
    });
    await screen.findByTestId('comparison');
    await user.click(button('Close panel'));
    expect(screen.getByRole('heading', { level: 1 })).toHaveFocus();
  });

  it('lead to the review that brings the one to the other', async () => {
    const review = vi.fn(() => new Promise(() => {}));
    const { user } = open(here, { deployment: () => three, ...inspectAnswers, start_review: review });
    await user.click(await screen.findByRole('button', { name: 'Review deploying prod' }));
    await screen.findByTestId('review');
    expect(review).toHaveBeenCalledWith({ id: 'DX6604E', request: { kind: 'deploy', environment: 'prod' } });
  });

  it('are chosen and swapped, and the address keeps them', async () => {
    const asked = vi.fn(inspectAnswers.compare_environments);
    const { user } = open(here, { deployment: () => three, ...inspectAnswers, compare_environments: asked });
    await user.click(await screen.findByRole('button', { name: 'Swap the environments' }));
    expect(window.location.hash).toBe(`${here}?from=prod&to=stage`);
    expect(asked).toHaveBeenLastCalledWith({ id: 'DX6604E', from: 'prod', to: 'stage' });
    await user.click(screen.getByRole('combobox', { name: 'From' }));
    await user.click(await screen.findByRole('option', { name: 'dev' }));
    expect(window.location.hash).toBe(`${here}?from=dev&to=stage`);
    await user.click(screen.getByRole('radio', { name: 'Grid' }));
    expect(await screen.findByRole('grid')).toBeVisible();
  });

  it('say which of them could not be asked, and why', async () => {
    const unanswered = [{ environment: 'prod', reason: 'the AWS login has run out' }];
    open(here, {
      deployment: () => three,
      ...inspectAnswers,
      compare_environments: () => ({ ...comparison, unanswered }),
    });
    const notice = await screen.findByRole('region', { name: /prod could not be asked/ });
    expect(notice).toHaveTextContent('The AWS login has run out.');
  });

  it('need a second environment', async () => {
    open(here, { deployment: () => detail() });
    expect(await screen.findByText(/There is only one environment/)).toBeVisible();
  });
});
