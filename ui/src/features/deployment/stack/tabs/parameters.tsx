import { useQuery } from '@tanstack/react-query';
import type { ParameterSource, ParameterView } from '@/api/backend';
import { queries } from '@/api/queries';
import { Asked } from '@/components/asked';
import { Value } from '@/components/value';
import { LookText } from '@/status/status';
import { parameterLooks } from '@/status/statuses';
import type { OfStack } from './part';

/** A stack's parameters: as deployed, where each comes from, and whether the next deploy changes it. */
export function Parameters({ deployment, stack, cell }: OfStack) {
  const parameters = useQuery(queries.stackParameters(deployment, stack, cell.last_updated));
  return (
    <Asked query={parameters}>
      {({ parameters: found }) =>
        found.length === 0 ? (
          <p className="text-faint">Its template takes no parameters.</p>
        ) : (
          <ul aria-label="Parameters" className="flex flex-col divide-y rounded-md border">
            {found.map((parameter) => (
              <Parameter key={parameter.name} parameter={parameter} />
            ))}
          </ul>
        )
      }
    </Asked>
  );
}

function Parameter({
  parameter: { name, deployed, wanted, source, standing },
}: {
  parameter: ParameterView;
}) {
  return (
    <li data-testid={`parameter-${name}`} className="flex flex-col gap-0.5 px-2.5 py-1.5">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <span className="min-w-0 text-sm break-all text-soft">{name}</span>
        <LookText small look={parameterLooks[standing]} />
      </div>
      {standing === 'not_deployed' ? (
        <Value text={wanted} absent="known once other stacks are deployed" />
      ) : (
        <Value text={deployed} absent="–" />
      )}
      {standing === 'differs' ? (
        <div className="flex min-w-0 items-baseline gap-2">
          <span className="shrink-0 text-sm text-faint">becomes</span>
          <Value text={wanted} other={deployed} absent="–" />
        </div>
      ) : null}
      {source ? <span className="text-sm break-all text-faint">{sourceWords(source)}</span> : null}
    </li>
  );
}

function sourceWords(source: ParameterSource): string {
  if ('references' in source) return `from ${source.references.join(', ')}`;
  return source.from === 'literal' ? 'from the manifest' : 'the template’s default';
}
