import type { StackRun } from '@/api/backend';
import { Notice } from '@/components/notice';
import { count } from '@/format';

/** What has outlived its stack: a policy of its template retains it, or the user left it behind. */
export function Kept({ stacks }: { stacks: StackRun[] }) {
  const kept = stacks.flatMap((run) => run.kept);
  if (kept.length === 0) return null;
  return (
    <div className="px-4 pb-3">
      <Notice tone="info" title={`${count(kept.length, 'resource is', 'resources are')} retained`}>
        <ul className="flex max-h-40 flex-col gap-0.5 overflow-y-auto">
          {kept.map(({ key, logical_id, resource_type, physical_id }) => (
            <li
              key={`${key.stack} ${key.environment} ${logical_id} ${physical_id}`}
              className="flex flex-wrap gap-x-2"
            >
              <span>
                {key.stack} · <span className="font-medium">{logical_id}</span>
              </span>
              <span className="text-sm break-all text-faint">{resource_type}</span>
              {physical_id ? <span className="font-mono text-sm break-all">{physical_id}</span> : null}
            </li>
          ))}
        </ul>
      </Notice>
    </div>
  );
}
