import { render, screen } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import axe from 'axe-core';
import { expect, onTestFinished } from 'vitest';
import { tell } from '@/actions/tell';
import { keepFresh, newQueryClient } from '@/api/freshness';
import { App } from '@/window/app';
import { type Answers, installBackend } from './backend';
// The app loads these when they are first shown; no test waits for that.
import '@/window/dialogs';
import '@/features/deployment/deployment-screen';
import '@/features/new-deployment/new-deployment-screen';
import '@/features/review/review-screen';
import '@/features/settings/settings-screen';
import { machineSettings, suggestion } from './fixtures';
import { commandLine, progress } from './progress';

/** The whole window at an address, with a backend that answers so. */
export function open(hash: string, answers: Answers) {
  installBackend({
    app_info: () => ({ version: '0.1.0', root: '/deployments', root_doubt: null }),
    operation_events: () => [],
    operation_progress: () => progress(),
    failure_report: () => '## It failed',
    command_line: commandLine,
    command_lines: () => [],
    dependencies: () => [],
    trust_question: () => null,
    suggest_deployment: () => suggestion(),
    get_settings: () => machineSettings(),
    ...answers,
  });
  window.location.hash = hash;
  const client = newQueryClient();
  const stops = [keepFresh(client), tell(client)];
  onTestFinished(() => {
    for (const stop of stops) stop();
  });
  return { user: userEvent.setup(), ...render(<App client={client} />) };
}

/** The texts of a table's cells, row by row, without its head. */
export function cellTexts(table: HTMLElement): string[][] {
  return [...table.querySelectorAll('tbody tr:not([aria-hidden])')].map((row) =>
    [...row.children].map((cell) => cell.textContent ?? ''),
  );
}

/** axe finds nothing on the whole page. Contrast is checked where there is layout. */
export async function expectAccessible(): Promise<void> {
  const { violations } = await axe.run(document.body, {
    rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
  });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`)).toEqual([]);
}

export const button = (name: string | RegExp) => screen.getByRole('button', { name });
