import type { Danger, StackReview } from '@/api/backend';
import { changeLook, takenAway } from '@/components/changes/order';
import { Notice } from '@/components/notice';
import { count } from '@/format';

/** As many stacks as a warning names before it only counts. */
const NAMED = 6;

/** What the changes can cost, the worst first. */
export function Dangers({ stacks }: { stacks: StackReview[] }) {
  const at = (danger: Danger) => stacks.filter((stack) => stack.danger === danger);
  const data = at('loses_data');
  // That a delete removes resources is what was asked for.
  const replacing = at('replaces').filter(({ action }) => action !== 'delete');
  const resources = replacing.flatMap(({ changes }) => takenAway(changes)).length;
  return (
    <>
      {data.length > 0 ? (
        <Notice tone="bad" title={`Resources that hold data are at risk in ${count(data.length, 'stack')}`}>
          <Named stacks={data} />
        </Notice>
      ) : null}
      {replacing.length > 0 ? (
        <Notice tone="warn" title={`Replaces or removes ${count(resources, 'resource')}`}>
          <Named stacks={replacing} />
        </Notice>
      ) : null}
    </>
  );
}

function Named({ stacks }: { stacks: StackReview[] }) {
  return (
    <ul>
      {stacks.slice(0, NAMED).map(({ key, action, changes }) => (
        <li key={`${key.stack} in ${key.environment}`} className="break-words">
          <span className="font-medium text-ink">
            {key.stack} in {key.environment}
          </span>
          {': '}
          {action === 'delete'
            ? 'all that it holds is deleted'
            : takenAway(changes)
                .map((change) => `${change.logical_id} ${changeLook(change).word.toLowerCase()}`)
                .join(', ')}
        </li>
      ))}
      {stacks.length > NAMED ? <li>and {stacks.length - NAMED} more</li> : null}
    </ul>
  );
}
