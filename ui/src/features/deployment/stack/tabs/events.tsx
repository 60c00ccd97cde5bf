import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { StackEventView, StackKey } from '@/api/backend';
import { queries } from '@/api/queries';
import { Asked, NoSuchStack } from '@/components/asked';
import { Segmented } from '@/components/controls/segmented';
import { Loaded } from '@/components/loaded';
import { moment } from '@/format';
import { LookText } from '@/status/status';
import { happenedLook } from '@/status/statuses';
import type { OfStack } from './part';

const sources = [
  { value: 'cloudformation', label: 'CloudFormation' },
  { value: 'logs', label: 'Skydeck’s logs' },
] as const;

/** What happened to a stack: as CloudFormation tells, or as the logs of its operations have it. */
export function Events({ deployment, stack, cell }: OfStack) {
  const [source, setSource] = useState<(typeof sources)[number]['value']>('cloudformation');
  const logged = <Logged deployment={deployment} stack={stack} />;
  return (
    <div className="flex flex-col gap-3">
      <div>
        <Segmented label="Events from" value={source} choices={[...sources]} onChange={setSource} />
      </div>
      {source === 'logs' ? (
        logged
      ) : (
        <Told deployment={deployment} stack={stack} cell={cell} logged={logged} />
      )}
    </div>
  );
}

function Told({ deployment, stack, cell, logged }: OfStack & { logged: React.ReactNode }) {
  const events = useQuery(queries.stackEvents(deployment, stack, cell.last_updated));
  return (
    <Asked query={events} lastKnown={logged}>
      {({ events: found, more }) =>
        found === null ? (
          <NoSuchStack />
        ) : (
          <>
            <List events={found} />
            {more ? <p className="text-sm text-faint">Earlier events are in the AWS console.</p> : null}
          </>
        )
      }
    </Asked>
  );
}

function Logged({ deployment, stack }: { deployment: string; stack: StackKey }) {
  const log = useQuery(queries.stackLog(deployment, stack));
  return (
    <Loaded snug query={log}>
      {({ events }) => <List events={events} />}
    </Loaded>
  );
}

function List({ events }: { events: StackEventView[] }) {
  if (events.length === 0) return <p className="text-faint">Nothing has happened yet.</p>;
  return (
    <ol aria-label="Events of the stack" className="flex flex-col divide-y rounded-md border">
      {events.map(({ at, logical_id, resource_type, status, reason }, index) => (
        // CloudFormation may tell the same twice.
        // biome-ignore lint/suspicious/noArrayIndexKey: the list only changes as a whole
        <li key={index} className="flex flex-col gap-0.5 px-2.5 py-1.5">
          <div className="flex min-w-0 flex-wrap items-baseline justify-between gap-x-3">
            <span className="min-w-0 font-medium break-all">{logical_id}</span>
            <span className="text-sm text-faint">
              <time dateTime={at}>{moment(at)}</time>
            </span>
          </div>
          <span className="flex flex-wrap items-center justify-between gap-x-3">
            <LookText small look={happenedLook(status)} />
            <span className="text-sm break-all text-faint">{resource_type}</span>
          </span>
          {reason ? <p className="text-sm break-words text-soft">{reason}</p> : null}
        </li>
      ))}
    </ol>
  );
}
