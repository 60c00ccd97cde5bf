import { useQuery } from '@tanstack/react-query';
import type { ResourceView, StackKey } from '@/api/backend';
import { queries } from '@/api/queries';
import { Asked, NoSuchStack } from '@/components/asked';
import { CopyButton } from '@/components/controls/copy-button';
import { Loaded } from '@/components/loaded';
import { LookText } from '@/status/status';
import { cloudformationLook } from '@/status/statuses';
import { OpenConsole, OpenResource } from './open-console';
import type { OfStack } from './part';

/** What a stack is made of. */
export function Resources({ deployment, stack, cell }: OfStack) {
  const resources = useQuery(queries.stackResources(deployment, stack, cell.last_updated));
  return (
    <div className="flex flex-col gap-3">
      <Asked query={resources} lastKnown={<Logged deployment={deployment} stack={stack} />}>
        {({ resources: found }) =>
          found === null ? <NoSuchStack /> : <List deployment={deployment} stack={stack} resources={found} />
        }
      </Asked>
      <OpenConsole deployment={deployment} stack={stack} cell={cell} />
    </div>
  );
}

/** The resources as the logs last knew them. */
function Logged({ deployment, stack }: { deployment: string; stack: StackKey }) {
  const log = useQuery(queries.stackLog(deployment, stack));
  return (
    <>
      <p className="text-soft">As the logs of the last operations have them:</p>
      <Loaded snug query={log}>
        {({ resources }) => <List deployment={deployment} stack={stack} resources={resources} />}
      </Loaded>
    </>
  );
}

function List({
  deployment,
  stack,
  resources,
}: {
  deployment: string;
  stack: StackKey;
  resources: ResourceView[];
}) {
  if (resources.length === 0) return <p className="text-faint">No resources are known.</p>;
  return (
    <ul aria-label="Resources" className="flex flex-col divide-y rounded-md border">
      {resources.map((resource) => {
        const { logical_id, physical_id, resource_type, status, reason } = resource;
        return (
          <li
            key={logical_id}
            data-testid={`resource-${logical_id}`}
            className="flex min-w-0 flex-col gap-0.5 py-1.5 pr-1 pl-2.5"
          >
            <div className="flex min-w-0 flex-wrap items-baseline justify-between gap-x-3 pr-1.5">
              <span className="min-w-0 font-medium break-all">{logical_id}</span>
              <LookText small look={cloudformationLook(status)} />
            </div>
            <span className="text-sm break-all text-faint">{resource_type}</span>
            {physical_id ? (
              <div className="-my-0.5 flex flex-wrap items-start gap-1">
                <span className="min-w-0 flex-1 py-1 font-mono text-sm break-all">{physical_id}</span>
                <CopyButton text={physical_id} label={`Copy the id of ${logical_id}`} />
                <OpenResource deployment={deployment} stack={stack} resource={resource} />
              </div>
            ) : null}
            {reason ? <p className="pr-1.5 text-sm break-words text-soft">{reason}</p> : null}
          </li>
        );
      })}
    </ul>
  );
}
