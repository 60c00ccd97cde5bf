/** The changes of a stack: their looks, and the order in which they are read. */
import type { ResourceChange, StackReview } from '@/api/backend';
import { changeLooks, type Look, replacementLooks, retainedLook } from '@/status/statuses';

/** What happens to a resource. */
export function changeLook({ action, replacement, kept, snapshot }: ResourceChange): Look {
  if (action === 'remove' && kept && !snapshot) return retainedLook;
  return action === 'modify' && replacement !== 'no' ? replacementLooks[replacement] : changeLooks[action];
}

/** The worst first. */
const order = [
  replacementLooks.yes,
  changeLooks.remove,
  retainedLook,
  replacementLooks.conditional,
  changeLooks.dynamic,
  changeLooks.modify,
  changeLooks.import,
  changeLooks.add,
];

/** The changes with what loses data first, then what is replaced or removed; else in CloudFormation's order. */
export function worstFirst(changes: ResourceChange[]): ResourceChange[] {
  const rank = (change: ResourceChange) =>
    change.danger === 'loses_data' ? -1 : order.indexOf(changeLook(change));
  return changes.toSorted((a, b) => rank(a) - rank(b));
}

/** '1 replaced, 2 changed, 1 added'. */
export function tally(changes: ResourceChange[]): string {
  return order
    .map((look) => ({ look, many: changes.filter((change) => changeLook(change) === look).length }))
    .filter(({ many }) => many > 0)
    .map(({ look, many }) => `${many} ${look.word.toLowerCase()}`)
    .join(', ');
}

/** The stacks that have to be done before what happens to this one is known for sure. */
export function knownAfter({ parameters, after = [] }: StackReview): string[] {
  return [
    ...new Set([...parameters.flatMap(({ state }) => ('after' in state ? state.after : [])), ...after]),
  ];
}
