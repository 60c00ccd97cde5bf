import { RefreshCw, X } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { useIsLastKnown, useRefresh } from '@/actions/ask-cloudformation';
import type { DeploymentDetail } from '@/api/backend';
import { IconButton } from '@/components/button';
import { CopyButton } from '@/components/copy-button';
import { Notice } from '@/components/notice';
import { Place } from '@/components/target-chip';
import { Ago } from '@/components/time';
import { StackStatusText } from '@/status/status';
import { look, stackLooks } from '@/status/statuses';
import { AskingNow, Checked } from './checked';
import { DriftPart } from './drift-part';
import { Part } from './part';
import { isHeldFast, Recovery } from './recovery';
import { StackActions } from './stack-actions';
import { cellId } from './stack-cell';

/** Everything about one stack in one environment, beside the grid; above it in a small window. */
export function StackPanel({
  detail,
  cell: place,
  help,
  onHelp,
  onClose,
}: {
  detail: DeploymentDetail;
  cell: { stack: string; environment: string };
  /** Whether what helps was asked for. */
  help: boolean;
  onHelp: () => void;
  onClose: () => void;
}) {
  const title = useRef<HTMLHeadingElement>(null);
  const stack = detail.stacks.find(({ name }) => name === place.stack);
  const cell = stack?.cells.find(({ environment }) => environment === place.environment);
  const environment = detail.environments.find(({ name }) => name === place.environment);

  useEffect(() => title.current?.focus(), []);

  if (!stack || !cell || !environment) return null;

  function close() {
    onClose();
    document.getElementById(cellId(place.stack, place.environment))?.focus();
  }

  const needs = detail.stacks.filter(({ name }) => stack.needs.includes(name));
  const failed = look(stackLooks, cell.status).tone === 'bad';
  const outputs = Object.entries(cell.outputs);
  return (
    <aside
      aria-label={`${place.stack} in ${place.environment}`}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close();
      }}
      className="absolute inset-y-0 right-0 z-10 flex w-96 max-w-full flex-col overflow-y-auto border-l bg-surface shadow-pop min-[1200px]:static min-[1200px]:shrink-0 min-[1200px]:shadow-none"
    >
      <div className="flex items-start gap-2 border-b py-3 pr-2 pl-4">
        <div className="min-w-0 flex-1">
          <h2
            ref={title}
            tabIndex={-1}
            className="truncate text-lg font-semibold outline-none"
            title={place.stack}
          >
            {place.stack} <span className="font-normal text-soft">in {place.environment}</span>
          </h2>
          <Place target={environment.target} account={environment.account} region={environment.region} />
        </div>
        <IconButton label="Close panel" icon={X} onClick={close} />
      </div>
      <div className="flex flex-col gap-5 p-4">
        <div className="flex flex-wrap gap-2">
          <StackActions deployment={detail.row.deployment_id} stack={place.stack} cell={cell} />
        </div>
        {cell.reason ? <Notice tone={failed ? 'bad' : 'info'} title={cell.reason} /> : null}
        {isHeldFast(cell) ? (
          <Recovery
            deployment={detail.row.deployment_id}
            stack={place}
            known={cell.reason}
            wanted={help || failed}
            onWanted={onHelp}
          />
        ) : null}
        <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1.5">
          <Fact name="Status">
            <StackStatusText status={cell.status} />
          </Fact>
          {cell.enabled === null ? null : <Fact name="Enabled">{cell.enabled ? 'Yes' : 'No'}</Fact>}
          {cell.last_updated ? (
            <Fact name="Last updated">
              <Ago at={cell.last_updated} />
            </Fact>
          ) : null}
          <Fact name="As of">
            <Age deployment={detail.row.deployment_id} environment={place.environment} at={cell.checked_at} />
          </Fact>
          <Fact name="CloudFormation">
            <span className="flex items-start gap-1">
              <span className="min-w-0 flex-1 font-mono text-sm break-all">{cell.cloudformation_name}</span>
              <span className="-my-1">
                <CopyButton text={cell.cloudformation_name} label="Copy CloudFormation name" />
              </span>
            </span>
            {cell.cloudformation_status ? (
              <span className="block font-mono text-sm break-all text-soft">
                {cell.cloudformation_status}
              </span>
            ) : null}
          </Fact>
          {stack.template ? (
            <Fact name="Template">
              <span className="font-mono text-sm break-all">{stack.template}</span>
            </Fact>
          ) : null}
        </dl>
        {['not_deployed', 'destroyed'].includes(cell.status) ? null : (
          <DriftPart deployment={detail.row.deployment_id} stack={place} cell={cell} />
        )}
        <Part title="Needs">
          {needs.length === 0 ? (
            <p className="text-faint">Nothing: it can be deployed first.</p>
          ) : (
            <ul className="flex flex-col gap-1">
              {needs.map((need) => (
                <li key={need.name} className="flex items-center justify-between gap-3">
                  <span className="truncate" title={need.name}>
                    {need.name}
                  </span>
                  <StackStatusText
                    status={need.cells.find((other) => other.environment === place.environment)?.status ?? ''}
                  />
                </li>
              ))}
            </ul>
          )}
        </Part>
        <Part title="Outputs">
          {outputs.length === 0 ? (
            <p className="text-faint">None yet.</p>
          ) : (
            <ul className="flex flex-col divide-y rounded-md border">
              {outputs.map(([name, value]) => (
                <li key={name} className="flex items-start gap-1 py-1.5 pr-1 pl-2.5">
                  <div className="min-w-0 flex-1">
                    <span className="block text-sm text-faint">{name}</span>
                    <span className="block font-mono text-sm break-all">{value}</span>
                  </div>
                  <CopyButton text={value} label={`Copy ${name}`} />
                </li>
              ))}
            </ul>
          )}
        </Part>
      </div>
    </aside>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-faint">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

/** How old what stands here is, and the way to know better. */
function Age({
  deployment,
  environment,
  at,
}: {
  deployment: string;
  environment: string;
  at: string | null;
}) {
  const refresh = useRefresh(deployment, environment);
  const lastKnown = useIsLastKnown(deployment, environment, at);
  if (refresh.asking) return <AskingNow>Asking CloudFormation…</AskingNow>;
  return (
    <span className="flex items-start justify-between gap-1">
      <Checked at={at} stale={lastKnown} />
      <span className="-my-1">
        <IconButton label="Refresh from CloudFormation" icon={RefreshCw} onClick={() => refresh.ask()} />
      </span>
    </span>
  );
}
