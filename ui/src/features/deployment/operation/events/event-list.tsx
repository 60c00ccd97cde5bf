import { X } from 'lucide-react';
import { memo, useMemo } from 'react';
import type { Event, OperationView } from '@/api/backend';
import { Button } from '@/components/controls/button';
import { CheckField } from '@/components/controls/check-field';
import { CopyButton } from '@/components/controls/copy-button';
import { Select } from '@/components/controls/select';
import { count, keyName } from '@/format';
import type { EventFilter } from '@/router';
import { lineText, matches } from './line-text';
import { Lines } from './lines';

export const everyEvent: EventFilter = { of: '', failures: false };

/** The events of an operation. The list follows the newest one until the user scrolls up. */
export const EventList = memo(function EventList({
  view,
  events,
  filter,
  onFilter,
}: {
  view: OperationView;
  events: Event[];
  filter: EventFilter;
  onFilter: (filter: EventFilter) => void;
}) {
  const { kind } = view.start;
  const several = view.start.environments.length > 1;
  const filtered = filter.of !== '' || filter.failures;
  const shown = useMemo(
    () => (filtered ? events.filter((event) => matches(event, kind, filter)) : events),
    [events, filter, filtered, kind],
  );
  return (
    <div className="border-t">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-1.5">
        <h3 className="font-semibold">Events</h3>
        <Select
          label="Stack"
          value={filter.of}
          choices={[
            { value: '', label: 'All stacks' },
            ...view.stacks.map(({ key }) => ({
              value: keyName(key),
              label: several ? `${key.stack} in ${key.environment}` : key.stack,
            })),
          ]}
          onChange={(of) => onFilter({ ...filter, of })}
        />
        <CheckField
          label="Failures only"
          checked={filter.failures}
          onChange={(failures) => onFilter({ ...filter, failures })}
        />
        <p className="ml-auto text-sm text-faint">
          {filtered ? `${shown.length} of ${count(events.length, 'event')}` : count(events.length, 'event')}
        </p>
        <CopyButton
          text={() => shown.map((event) => lineText(event, kind)).join('\n')}
          label="Copy these events"
        />
        {filtered ? (
          <Button look="quiet" size="small" icon={X} onClick={() => onFilter(everyEvent)}>
            Show all
          </Button>
        ) : null}
      </div>
      {/* Another filter is another list: it begins at its own end. */}
      <Lines
        key={`${filter.of} ${filter.failures}`}
        deployment={view.start.deployment_id}
        place={`${view.id} ${filter.of} ${filter.failures}`}
        kind={kind}
        events={shown}
        none={filtered ? 'No event fits.' : 'Nothing has happened yet.'}
      />
    </div>
  );
});
