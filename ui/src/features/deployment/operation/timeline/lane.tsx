import type { StackForecast, StackRun } from '@/api/backend';
import { type Look, toneBar, toneText } from '@/status/statuses';
import type { Axis } from './axis';

/** The bar: what has been in the colour of its state, what is expected hatched. */
export function Lane({
  run,
  expected,
  state,
  started,
  elapsed,
  axis: { length, marks },
  over,
}: {
  run: StackRun;
  expected: StackForecast | undefined;
  state: Look;
  /** When the operation started, in milliseconds since 1970. */
  started: number;
  /** Seconds since then, or until it ended. */
  elapsed: number;
  axis: Axis;
  /** Whether the operation has ended. */
  over: boolean;
}) {
  const since = (at: string) => (Date.parse(at) - started) / 1000;
  const percent = (seconds: number) => `${(Math.max(0, Math.min(seconds, length)) / length) * 100}%`;
  // What is told of the time ahead may be a moment old: nothing starts in the past.
  const delay = run.phase === 'queued' ? Math.max(0, elapsed - (expected?.from ?? elapsed)) : 0;
  const begins = expected?.from ?? (run.started_at ? since(run.started_at) : null);
  const from = begins === null ? null : begins + delay;
  const until = run.ended_at ? since(run.ended_at) : elapsed;
  const ran = from !== null && run.phase !== 'queued' && run.end?.outcome !== 'skipped';
  const ends = run.phase === 'ended' ? null : (expected?.to ?? null);
  const ahead = ends === null ? null : ends + delay;
  const begin = from === null ? 0 : ran ? Math.max(until, from) : from;
  const thick = expected?.critical ? 'h-3' : 'h-1.5';
  return (
    <span aria-hidden className="absolute inset-0">
      {marks.map(({ at }) => (
        <span key={at} className="absolute inset-y-0 border-l border-line/70" style={{ left: percent(at) }} />
      ))}
      {over ? null : (
        <span className="absolute inset-y-0 border-l border-accent" style={{ left: percent(elapsed) }} />
      )}
      {ran ? (
        <span
          data-testid="ran"
          className={`absolute top-1/2 min-w-1 -translate-y-1/2 rounded-sm ${thick} ${toneBar[state.tone]}`}
          style={{ left: percent(from), width: percent(until - from) }}
        />
      ) : null}
      {ahead !== null && from !== null && ahead > begin ? (
        <span
          data-testid="ahead"
          className={`absolute top-1/2 -translate-y-1/2 rounded-sm border border-current hatched ${thick} ${toneText[state.tone]}`}
          style={{ left: percent(begin), width: percent(ahead - begin) }}
        />
      ) : null}
    </span>
  );
}
