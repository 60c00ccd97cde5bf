import { Snail } from 'lucide-react';
import type { OperationKind, StackAction, StackForecast, StackKey, StackRun } from '@/api/backend';
import { duration, roughly } from '@/format';
import { type Look, partLook, phaseLooks, rollingBack, waitingLooks } from '@/status/statuses';

const actions: Record<StackAction, string> = {
  create: 'Creating',
  update: 'Updating',
  recreate: 'Recreating',
  delete: 'Deleting',
  repair: 'Repairing',
};

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
export function detailsOf(
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

/** How far a stack's part has come. */
export function lookOf(kind: OperationKind, run: StackRun, expected: StackForecast | undefined): Look {
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

/** A stack's name; with its environment, where there are several. */
export const label = (key: StackKey, several: boolean) =>
  several ? `${key.stack} in ${key.environment}` : key.stack;
