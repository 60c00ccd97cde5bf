import { render, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { DeploymentStatusPill, StackStatusText } from './status';
import {
  changeLooks,
  dangerLooks,
  deploymentLooks,
  look,
  operationLooks,
  outcomeLooks,
  phaseLooks,
  replacementLooks,
  reviewLooks,
  stackLooks,
} from './statuses';

describe('every status', () => {
  it.each([
    ['initialized', 'Initialized', 'idle'],
    ['deploying', 'Deploying', 'busy'],
    ['deployed', 'Deployed', 'ok'],
    ['partial', 'Partial', 'warn'],
    ['destroying', 'Destroying', 'busy'],
    ['destroyed', 'Destroyed', 'idle'],
    ['failed', 'Failed', 'bad'],
    ['unknown', 'Unknown', 'idle'],
  ])('of a deployment has its word and tone: %s', (status, word, tone) => {
    expect(look(deploymentLooks, status)).toMatchObject({ word, tone });
  });

  it.each([
    ['not_deployed', 'Not deployed', 'idle'],
    ['deploying', 'Deploying', 'busy'],
    ['deployed', 'Deployed', 'ok'],
    ['failed', 'Failed', 'bad'],
    ['destroying', 'Destroying', 'busy'],
    ['destroyed', 'Destroyed', 'idle'],
  ])('of a stack has its word and tone: %s', (status, word, tone) => {
    expect(look(stackLooks, status)).toMatchObject({ word, tone });
  });

  it('has a word and an icon of its own beside the colour', () => {
    const changes = { ...changeLooks, replaced: replacementLooks.yes };
    for (const table of [
      deploymentLooks,
      stackLooks,
      operationLooks,
      outcomeLooks,
      reviewLooks,
      changes,
      dangerLooks,
    ]) {
      const looks = Object.values(table);
      expect(new Set(looks.map(({ word }) => word)).size).toBe(looks.length);
      // The two that are under way share the spinner.
      const still = looks.filter(({ spins }) => !spins);
      expect(new Set(still.map(({ icon }) => icon)).size).toBe(still.length);
    }
  });

  it('tells queued from running', () => {
    expect(phaseLooks.queued.icon).not.toBe(phaseLooks.running.icon);
    expect(phaseLooks.queued.tone).not.toBe(phaseLooks.running.tone);
  });
});

it.each(['suspended', 'constructor', ''])(
  'shows a foreign word as it stands, with a question mark: %j',
  (word) => {
    const shown = look(stackLooks, word);
    expect(shown.word).toBe(word);
    expect(shown.icon).toBe(deploymentLooks.unknown.icon);
  },
);

it('draws the two levels differently, each with the word and the file’s value', () => {
  render(
    <>
      <DeploymentStatusPill status="deployed" />
      <StackStatusText status="not_deployed" />
    </>,
  );
  expect(screen.getByTestId('deployment-status')).toHaveAttribute('data-status', 'deployed');
  expect(screen.getByTestId('deployment-status')).toHaveTextContent('Deployed');
  expect(screen.getByText('Not deployed').parentElement).toHaveAttribute('data-status', 'not_deployed');
});
