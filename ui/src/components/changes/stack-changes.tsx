import { Info } from 'lucide-react';
import type { StackReview } from '@/api/backend';
import { listed } from '@/format';
import { ChangeList } from './change-list';
import { knownAfter } from './order';
import { ParameterTable } from './parameter-table';

/** Everything that a review says of one stack: how sure it is, its resources, its parameters. */
export function StackChanges({ review }: { review: StackReview }) {
  const { changes, parameters, action, by_change_set } = review;
  const foretold = !by_change_set && ['create', 'update', 'recreate'].includes(action);
  const after = knownAfter(review);
  return (
    <>
      {foretold ? (
        <p className="flex items-start gap-1.5 text-soft">
          <Info aria-hidden size={14} className="mt-0.75 shrink-0 text-faint" />
          Read from the template: CloudFormation is asked again{' '}
          {after.length > 0
            ? `when ${listed(after)} ${after.length === 1 ? 'is' : 'are'} done`
            : 'before it starts'}
          .
        </p>
      ) : null}
      {changes.length > 0 ? <ChangeList changes={changes} /> : null}
      {parameters.length > 0 ? <ParameterTable parameters={parameters} /> : null}
      {changes.length === 0 && parameters.length === 0 && action !== 'blocked' ? (
        <p className="text-faint">No resource changes, and it has no parameters.</p>
      ) : null}
    </>
  );
}
