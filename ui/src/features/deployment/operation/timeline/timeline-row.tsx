import { Route as Path, Snail } from 'lucide-react';
import { memo, type RefObject } from 'react';
import { about } from '@/actions/about';
import type { OperationKind, StackAction, StackForecast, StackKey, StackRun } from '@/api/backend';
import { Hint } from '@/components/hint';
import { Elapsed } from '@/components/time';
import { duration, roughly } from '@/format';
import { LookText } from '@/status/status';
import {
  type Look,
  partLook,
  phaseLooks,
  rollingBack,
  toneBar,
  toneText,
  waitingLooks,
} from '@/status/statuses';
import type { Axis } from './axis';

const actions: Record<StackAction, string> = {
  create: 'Creating',
  update: 'Updating',
  recreate: 'Recreating',
  delete: 'Deleting',
  repair: 'Repairing',
};

type Props = {
  deployment: string;
  /** The list that the row is in. */
  beside: RefObject<HTMLElement | null>;
  /** What the operation does. */
  kind: OperationKind;
  run: StackRun;
  index: number;
  top: number;
  height: number;
  expected: StackForecast | undefined;
  /** When the operation started, in milliseconds since 1970. */
  started: number;
  /** Seconds since then, or until it ended. */
  elapsed: number;
  axis: Axis;
  /** Whether the operation has ended. */
  over: boolean;
  /** Whether the environment has to be named. */
  several: boolean;
  /** What is said in the bar's place ({@link noteOf}). */
  note: string | null;
  href: string;
  inTabOrder: boolean;
};

/** One stack's row: its name, its state in words, its bar, and how long it takes. Drawn only where something of it is another. */
export const TimelineRow = memo(function TimelineRow({
  deployment,
  beside,
  kind,
  run,
  expected,
  several,
  note,
  ...place
}: Props) {
  const state = lookOf(kind, run, expected);
  const name = label(run.key, several);
  const told = run.started_at !== null && run.end?.outcome !== 'unchanged';
  const details = detailsOf(run, expected, state, note);
  return (
    <li
      data-testid={`run-${run.key.stack}-${run.key.environment}`}
      {...about({ about: 'stack', deployment, ...run.key })}
      data-phase={run.phase}
      data-outcome={run.end?.outcome}
      data-critical={expected?.critical ?? false}
      className="absolute inset-x-0 border-b last:border-b-0"
      style={{ height: place.height, transform: `translateY(${place.top}px)` }}
    >
      <Hint text={details} beside={beside}>
        <a
          href={place.href}
          data-row={place.index}
          tabIndex={place.inTabOrder ? 0 : -1}
          aria-description={details}
          className={`flex h-full items-center gap-3 px-4 -outline-offset-2 hover:bg-hover ${run.phase === 'queued' ? 'text-soft' : ''}`}
        >
          <span className="flex w-[24%] shrink-0 items-center gap-1.5">
            <span className={`truncate ${expected?.critical ? 'font-semibold' : 'font-medium'}`}>{name}</span>
            {expected?.critical ? (
              <Path aria-hidden size={12} className="shrink-0 text-soft" data-testid="critical" />
            ) : null}
          </span>
          <span className="flex w-32 shrink-0">
            <LookText look={state} />
          </span>
          <span className="relative h-full min-w-0 flex-1">
            <Lane run={run} expected={expected} state={state} {...place} />
            {note ? (
              <span className="absolute inset-y-0 flex max-w-full items-center">
                <span className="truncate rounded bg-surface/80 pr-1 text-sm text-faint">{note}</span>
              </span>
            ) : null}
          </span>
          <span className="w-14 shrink-0 text-right text-sm whitespace-nowrap text-faint">
            {told
              ? `${run.resources_done}${run.resources_total === null ? '' : ` / ${run.resources_total}`}`
              : null}
          </span>
          <span className="w-12 shrink-0 text-right text-sm text-soft">
            {run.started_at ? (
              <Elapsed from={run.started_at} to={run.ended_at} took={run.end?.seconds || null} />
            ) : null}
          </span>
        </a>
      </Hint>
    </li>
  );
});

/** The bar: what has been in the colour of its state, what is expected hatched. */
function Lane({
  run,
  expected,
  state,
  started,
  elapsed,
  axis: { length, marks },
  over,
}: Pick<Props, 'run' | 'expected' | 'started' | 'elapsed' | 'axis' | 'over'> & { state: Look }) {
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

/** What is said in a bar's place; `waits`: the stacks that it still waits for. */
export function noteOf(run: StackRun, waits: StackKey[], several: boolean): string | null {
  if (run.phase === 'queued') {
    if (run.approval) return 'see above';
    return waits.length > 0 ? `waits for ${waits.map((key) => label(key, several)).join(', ')}` : 'next';
  }
  // Why one failed is told above all of them, and of what ran the bar tells.
  return run.end?.outcome === 'skipped' ? run.end.reason : null;
}

const speeds = { usual: null, longer: 'longer than usual', slow: 'unusually slow' } as const;

/** All that is known of a stack's part, in one line. */
function detailsOf(
  run: StackRun,
  expected: StackForecast | undefined,
  { word }: Look,
  note: string | null,
): string {
  const seconds = run.end?.seconds ?? 0;
  const took = seconds > 0 ? `took ${duration(seconds * 1000)}` : null;
  const usual = expected?.usual_seconds;
  return [
    `${label(run.key, true)}: ${word}`,
    note ?? run.end?.reason,
    took,
    typeof usual === 'number' ? `usually ${roughly(usual).replace('about ', '')}` : null,
    expected ? speeds[expected.speed] : null,
    expected?.critical ? 'decides when the operation ends' : null,
  ]
    .filter(Boolean)
    .join(' · ');
}

function lookOf(kind: OperationKind, run: StackRun, expected: StackForecast | undefined): Look {
  if (run.end) return partLook(kind, run.end.outcome);
  if (run.approval) return waitingLooks.answer;
  if (run.phase === 'running' && run.rolling_back) return rollingBack;
  const word = run.action ? actions[run.action] : phaseLooks.running.word;
  if (run.phase === 'running' && expected?.speed === 'slow') {
    return { word: `${word}, slow`, icon: Snail, tone: 'warn' };
  }
  if (run.phase === 'running') return { ...phaseLooks.running, word };
  return phaseLooks.queued;
}

const label = (key: StackKey, withEnvironment: boolean) =>
  withEnvironment ? `${key.stack} in ${key.environment}` : key.stack;
