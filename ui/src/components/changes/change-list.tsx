import type { ResourceChange } from '@/api/backend';
import { LookText } from '@/status/status';
import { dangerLooks, retainedLook, toneFill } from '@/status/statuses';
import { changeLook, worstFirst } from './order';
import { PropertyTable } from './property-table';

/** The resources of a stack that change, the worst first. */
export function ChangeList({ changes }: { changes: ResourceChange[] }) {
  return (
    <ul aria-label="Resources that change" className="divide-y rounded-lg border">
      {worstFirst(changes).map((change) => (
        <Change key={change.logical_id} change={change} />
      ))}
    </ul>
  );
}

function Change({ change }: { change: ResourceChange }) {
  const { logical_id, physical_id, resource_type, kept, snapshot, danger, properties } = change;
  const look = changeLook(change);
  return (
    <li data-testid={`change-${logical_id}`} className="flex min-w-0 flex-col gap-1.5 px-3 py-2">
      <div className="flex min-w-0 flex-wrap items-baseline gap-x-3 gap-y-0.5">
        <span className="w-32 shrink-0">
          <LookText look={look} />
        </span>
        <span className="min-w-0 font-medium break-all">{logical_id}</span>
        <span className="min-w-0 font-mono text-sm break-all text-soft">{resource_type}</span>
        {danger === 'loses_data' ? (
          <span
            title="What it holds is in no template, and nothing keeps it"
            className={`rounded px-1.5 text-sm ${toneFill[dangerLooks[danger].tone]}`}
          >
            holds data
          </span>
        ) : null}
        {kept && look !== retainedLook ? (
          <span className="rounded bg-idle-ground px-1.5 text-sm text-soft">
            {snapshot ? 'deleted after a snapshot' : 'the old one is retained'}
          </span>
        ) : null}
        {physical_id ? (
          <span className="min-w-0 font-mono text-sm break-all text-faint">{physical_id}</span>
        ) : null}
      </div>
      {properties.length > 0 ? <PropertyTable of={logical_id} properties={properties} /> : null}
    </li>
  );
}
