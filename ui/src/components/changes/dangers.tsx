import type { Danger, ResourceChange, StackReview } from '@/api/backend';
import { Notice } from '@/components/notice';
import { count } from '@/format';

/** As many lines as a warning has before it only counts. */
const LINES = 6;

/** What the changes can cost, the worst first. `several`: whether the environment has to be named. */
export function Dangers({ stacks, several }: { stacks: StackReview[]; several: boolean }) {
  const data = costs(stacks, 'loses_data');
  // That a delete removes resources is what was asked for.
  const others = costs(
    stacks.filter(({ action }) => action !== 'delete'),
    'replaces',
  );
  return (
    <>
      {data.length > 0 ? (
        <Notice tone="bad" title={`Data is at risk in ${count(amount(data), 'resource')}`}>
          <Lines costs={data} several={several} />
        </Notice>
      ) : null}
      {others.length > 0 ? (
        <Notice tone="warn" title={`Replaces or removes ${count(amount(others), 'resource')}`}>
          <Lines costs={others} several={several} />
        </Notice>
      ) : null}
    </>
  );
}

/** What becomes of a resource, said of one and of several; the worst first. */
const fates = {
  replaced: ['is replaced', 'are replaced'],
  deleted: ['is deleted', 'are deleted'],
  saved: ['is deleted after a snapshot', 'are deleted after a snapshot'],
  perhaps: ['may be replaced', 'may be replaced'],
} as const;

type Fate = keyof typeof fates;

/** The resources of one stack that come to the same end. */
type Cost = { stack: StackReview; fate: Fate; names: string[] };

function costs(stacks: StackReview[], danger: Danger): Cost[] {
  return stacks.flatMap((stack) =>
    (Object.keys(fates) as Fate[])
      .map((fate) => ({ stack, fate, names: namesOf(stack, danger, fate) }))
      .filter(({ names }) => names.length > 0),
  );
}

function namesOf({ changes }: StackReview, danger: Danger, fate: Fate): string[] {
  return changes
    .filter((change) => change.danger === danger && fateOf(change) === fate)
    .map(({ logical_id }) => logical_id);
}

function fateOf({ action, replacement, snapshot }: ResourceChange): Fate {
  if (action === 'remove') return snapshot ? 'saved' : 'deleted';
  return replacement === 'yes' ? 'replaced' : 'perhaps';
}

function amount(costs: Cost[]): number {
  return costs.flatMap(({ names }) => names).length;
}

function Lines({ costs, several }: { costs: Cost[]; several: boolean }) {
  return (
    <ul>
      {costs.slice(0, LINES).map(({ stack: { key }, fate, names }) => (
        <li key={`${key.stack} ${key.environment} ${fate}`} className="break-words">
          <span className="font-medium text-ink">{names.join(', ')}</span>
          {` in ${key.stack}${several ? ` (${key.environment})` : ''} ${fates[fate][names.length === 1 ? 0 : 1]}`}
        </li>
      ))}
      {costs.length > LINES ? <li>and {count(amount(costs.slice(LINES)), 'more resource')}</li> : null}
    </ul>
  );
}
