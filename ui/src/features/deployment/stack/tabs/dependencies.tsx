import { useQuery } from '@tanstack/react-query';
import type { Dependent } from '@/api/backend';
import { queries } from '@/api/queries';
import { Loaded } from '@/components/loaded';
import { StackStatusText } from '@/status/status';
import { Part } from './part';

/** What a stack needs in its environment, and what needs it there. */
export function Dependencies({
  deployment,
  stack,
  environment,
}: {
  deployment: string;
  stack: string;
  environment: string;
}) {
  const dependencies = useQuery(queries.dependencies(deployment, environment));
  return (
    <Loaded snug query={dependencies}>
      {(all) => {
        const reasons = all.find((other) => other.stack === stack)?.reasons ?? {};
        return (
          <>
            <Others title="Needs" stacks={all} why={(other) => reasons[other.stack]} />
            <Others title="Needed by" stacks={all} why={(other) => other.reasons[stack]} />
          </>
        );
      }}
    </Loaded>
  );
}

/** Those of the stacks that have a reason to stand here, each with the reason and its status in the same environment. */
function Others({
  title,
  stacks,
  why,
}: {
  title: string;
  stacks: Dependent[];
  why: (other: Dependent) => string[] | undefined;
}) {
  const others = stacks.flatMap((other) => {
    const reasons = why(other);
    return reasons ? [{ ...other, reason: reasons.join(', ') }] : [];
  });
  return (
    <Part title={title}>
      {others.length === 0 ? (
        <p className="text-faint">No other stack</p>
      ) : (
        <ul className="flex flex-col gap-1.5">
          {others.map(({ stack, status, reason }) => (
            <li key={stack} className="flex items-start justify-between gap-3">
              <span className="min-w-0">
                <span className="block truncate" title={stack}>
                  {stack}
                </span>
                <span className="block truncate text-sm text-faint" title={reason}>
                  {reason}
                </span>
              </span>
              <StackStatusText status={status} />
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}
