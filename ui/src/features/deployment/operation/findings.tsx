import { ArrowRight } from 'lucide-react';
import type { OperationView, StackKey } from '@/api/backend';
import { Disclosure } from '@/components/controls/disclosure';
import { DriftedResources } from '@/components/drifted-resources';
import { keyName, sentence } from '@/format';
import { LookText, StackStatusText } from '@/status/status';
import { driftLook } from '@/status/statuses';

/** What a look at CloudFormation found: the statuses that were mended, the stacks that differ from their templates. */
export function Findings({ view: { mended, drifts, start } }: { view: OperationView }) {
  const several = start.environments.length > 1;
  return (
    <ul aria-label="Findings" className="max-h-96 divide-y overflow-y-auto border-t">
      {mended.map(({ key, from, to, why }) => (
        <li key={keyName(key)} data-testid={`mended-${key.stack}-${key.environment}`} className="px-4 py-1.5">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-0.5">
            <Name of={key} several={several} />
            <span className="inline-flex items-center gap-2">
              <StackStatusText status={from} />
              {from === to ? null : (
                <>
                  <ArrowRight role="img" aria-label="became" size={13} className="text-faint" />
                  <StackStatusText status={to} />
                </>
              )}
            </span>
          </div>
          <p className="text-sm break-words text-soft">{sentence(why)}</p>
        </li>
      ))}
      {drifts.map(({ key, drift }) => (
        <li
          key={keyName(key)}
          data-testid={`compared-${key.stack}-${key.environment}`}
          className="px-4 py-1.5"
        >
          <div className="flex flex-wrap items-center gap-x-3 gap-y-0.5">
            <Name of={key} several={several} />
            <LookText look={driftLook(drift.status, drift.resources.length)} />
          </div>
          {drift.reason ? <p className="text-sm break-words text-soft">{sentence(drift.reason)}</p> : null}
          {drift.resources.length > 0 ? (
            <div className="-mx-3 pb-1">
              <Disclosure quiet head={`What differs in ${key.stack}`}>
                <div className="px-3">
                  <DriftedResources drift={drift} />
                </div>
              </Disclosure>
            </div>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

function Name({ of: { stack, environment }, several }: { of: StackKey; several: boolean }) {
  const name = several ? `${stack} in ${environment}` : stack;
  return (
    <span className="w-[30%] truncate font-medium" title={name}>
      {name}
    </span>
  );
}
