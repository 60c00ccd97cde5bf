import type { Actor, Forecast, OperationView } from '@/api/backend';
import { count, roughly } from '@/format';
import { type Look, outcomeLook, phaseLooks, waitingLooks } from '@/status/statuses';

/** How far the stacks have come; once it is over, how many of them are as they should be. */
export function far({ outcome, headway: { all, ended, well } }: OperationView): string {
  if (all === 0) return 'There was nothing to do';
  return `${outcome ? well : ended} of ${count(all, 'stack')}`;
}

/** When it will be over, as far as that can be known. */
export function left(forecast: Forecast | undefined): string | null {
  const seconds = forecast?.seconds_left;
  if (typeof seconds !== 'number') return null;
  if (forecast?.late)
    return seconds < 10 ? 'longer than usual' : `${roughly(seconds)} left, longer than usual`;
  return `${roughly(seconds)} left`;
}

/** Who runs an operation: 'ana@workstation, app 0.1.0'. */
export const who = ({ user, host, front_end, version }: Actor) => `${user}@${host}, ${front_end} ${version}`;

/** What a look at CloudFormation found, in short. */
export function found({ mended, drifts }: OperationView): string {
  const drifted = drifts.filter(({ drift }) => drift.resources.length > 0).length;
  return drifts.length > 0
    ? `${drifted} of ${count(drifts.length, 'stack')} drifted`
    : `${count(mended.length, 'stack')} mended`;
}

/** How it stands: how it ended, what it waits for, or that it runs. */
export function stateOf({ start, outcome, pauses, stacks }: OperationView): Look {
  if (outcome) return outcomeLook(start.kind, outcome);
  if (pauses.length > 0) return waitingLooks.login;
  return stacks.some(({ approval }) => approval) ? waitingLooks.answer : phaseLooks.running;
}
