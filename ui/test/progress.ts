/** What the backend would say of an operation's progress, roughly: every stack usually takes as long as `usual` says. */

import type { Command, Forecast, OperationProgress, OperationView, StackForecast } from '@/api/backend';
import { keyName } from '@/format';
import type { Arguments } from './backend';

export function forecast(change: Partial<Forecast> = {}): Forecast {
  return { done: 0, seconds_left: null, late: false, stacks: [], ...change };
}

export function progress(change: Partial<OperationProgress> = {}): OperationProgress {
  return { forecast: forecast(), api: [], ...change };
}

/** The progress of a view, without a limit on how many stacks run at once. */
export function progressOf(view: OperationView, usual: number): OperationProgress {
  const since = (at: string | null) => (at ? (Date.parse(at) - Date.parse(view.started_at)) / 1000 : null);
  const now = since(view.ended_at) ?? (Date.now() - Date.parse(view.started_at)) / 1000;
  const found = new Map<string, StackForecast>();
  for (const run of view.stacks) {
    const needed = run.waits_for.flatMap((key) => found.get(keyName(key)) ?? []);
    const ready = Math.max(0, ...needed.map(({ to }) => to ?? 0));
    const from = since(run.started_at) ?? Math.max(ready, now);
    const to = since(run.ended_at) ?? Math.max(from + usual, now);
    const ran = (since(run.ended_at) ?? now) - from;
    found.set(keyName(run.key), {
      key: run.key,
      from: run.end?.outcome === 'skipped' ? null : from,
      to: run.end?.outcome === 'skipped' ? null : to,
      usual_seconds: usual,
      speed: ran > usual * 2 ? 'slow' : 'usual',
      critical: false,
    });
  }
  const last = [...found.values()].sort((a, b) => (b.to ?? 0) - (a.to ?? 0))[0];
  for (let at = last; at; ) {
    at.critical = true;
    const { waits_for = [] } = view.stacks.find(({ key }) => keyName(key) === keyName(at?.key ?? key)) ?? {};
    at = waits_for
      .flatMap((key) => found.get(keyName(key)) ?? [])
      .sort((a, b) => (b.to ?? 0) - (a.to ?? 0))[0];
  }
  const end = last?.to ?? now;
  const over = view.ended_at !== null;
  return progress({
    forecast: forecast({
      done: over ? 1 : Math.min(0.99, now / Math.max(end, 1)),
      seconds_left: over ? null : end - now,
      stacks: [...found.values()],
    }),
    api: over
      ? []
      : [{ environment: 'stage', calls: 312, throttled: 4, per_second: 6.2, allowed_per_second: 8.5 }],
  });
}

/** An action as a command, as far as tests need it. */
export function commandLine({ id, command }: Arguments): string | null {
  const asked = command as Command;
  if (asked.action !== 'run') return `cloud ${asked.action} ${id}`;
  const { request, pace } = asked;
  return [
    `cloud ${request.kind} ${id}`,
    'stack' in request ? request.stack : null,
    request.environment ? `--environment ${request.environment}` : null,
    pace.parallel && pace.parallel !== 8 ? `--parallel ${pace.parallel}` : null,
    pace.stop_on_failure ? '--stop-on-failure' : null,
  ]
    .filter(Boolean)
    .join(' ');
}
