import type { Drift, PropertyDrift, ResourceDrift } from '@/api/backend';
import { Value } from '@/components/value';
import { LookText } from '@/status/status';
import { divergenceLooks } from '@/status/statuses';

/** The resources that are not as their template says; those that are gone first. */
export function DriftedResources({ drift: { resources } }: { drift: Drift }) {
  const gone = resources.filter(({ status }) => status === 'deleted');
  const changed = resources.filter(({ status }) => status !== 'deleted');
  return (
    <ul aria-label="Resources that differ" className="divide-y rounded-lg border">
      {[...gone, ...changed].map((resource) => (
        <Resource key={resource.logical_id} resource={resource} />
      ))}
    </ul>
  );
}

function Resource({ resource }: { resource: ResourceDrift }) {
  const { logical_id, physical_id, resource_type, status } = resource;
  return (
    <li data-testid={`drift-${logical_id}`} className="flex min-w-0 flex-col gap-1.5 px-3 py-2">
      <div className="flex min-w-0 flex-wrap items-baseline gap-x-3 gap-y-0.5">
        <span className="min-w-0 font-medium break-all">{logical_id}</span>
        <span>
          <LookText look={divergenceLooks[status]} />
        </span>
        <span className="min-w-0 font-mono text-sm break-all text-soft">{resource_type}</span>
        {physical_id ? (
          <span className="min-w-0 font-mono text-sm break-all text-faint">{physical_id}</span>
        ) : null}
      </div>
      {resource.status === 'modified' ? (
        <Differences of={logical_id} differences={resource.differences} />
      ) : null}
    </li>
  );
}

/** Each property with both values: side by side where there is room, else one above the other. */
function Differences({ of, differences }: { of: string; differences: PropertyDrift[] }) {
  return (
    <ul
      aria-label={`Properties of ${of} that differ`}
      className="@container divide-y rounded-md border bg-canvas"
    >
      {differences.map(({ path, expected, actual }) => (
        <li key={path} className="px-2.5 py-1.5">
          <p className="font-mono text-sm break-all">{path}</p>
          <dl className="mt-0.5 grid grid-cols-[max-content_minmax(0,1fr)] gap-x-3 gap-y-0.5 @md:grid-cols-[repeat(2,max-content_minmax(0,1fr))] [&>dt]:text-sm [&>dt]:text-faint">
            <dt>Expected</dt>
            <dd>
              <Value text={expected} other={actual} absent="not in the template" />
            </dd>
            <dt>Actual</dt>
            <dd>
              <Value text={actual} other={expected} absent="removed" />
            </dd>
          </dl>
        </li>
      ))}
    </ul>
  );
}
