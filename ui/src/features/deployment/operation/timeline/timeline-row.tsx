import { Route as Path } from 'lucide-react';
import { memo, type RefObject } from 'react';
import { about } from '@/actions/about';
import type { OperationKind, StackForecast, StackRun } from '@/api/backend';
import { Hint } from '@/components/controls/hint';
import { Elapsed } from '@/components/time';
import { LookText } from '@/status/status';
import type { Axis } from './axis';
import { Lane } from './lane';
import { detailsOf, label, lookOf } from './run-words';

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
