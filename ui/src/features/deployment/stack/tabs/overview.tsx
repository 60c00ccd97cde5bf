import { useQuery } from '@tanstack/react-query';
import { RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { useIsLastKnown, useRefresh } from '@/actions/ask-cloudformation';
import { StackActions } from '@/actions/stack-actions';
import type { Cell, Dependent, DeploymentDetail, StackView, Target } from '@/api/backend';
import { queries } from '@/api/queries';
import { ActionButton } from '@/components/button';
import { AskingNow, Checked } from '@/components/checked';
import { CopyButton } from '@/components/copy-button';
import { Loaded } from '@/components/loaded';
import { Notice } from '@/components/notice';
import { Ago } from '@/components/time';
import { sentence } from '@/format';
import { StackStatusText } from '@/status/status';
import { look, outsideLooks, stackLooks } from '@/status/statuses';
import { DriftPart } from './drift';
import { OpenConsole } from './open-console';
import { Part } from './part';
import { isHeldFast, Recovery } from './recovery';

/** How a stack stands, why, how to fix it, and what can be done with it. */
export function PanelOverview({
  detail,
  stack,
  cell,
  help,
  onHelp,
}: {
  detail: DeploymentDetail;
  stack: StackView;
  cell: Cell;
  /** Whether it was asked how to fix it. */
  help: boolean;
  onHelp: () => void;
}) {
  const deployment = detail.row.deployment_id;
  const key = { stack: stack.name, environment: cell.environment };
  const failed = look(stackLooks, cell.status).tone === 'bad';
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-wrap gap-2">
        <StackActions deployment={deployment} stack={stack.name} cell={cell} />
      </div>
      {cell.outside ? (
        <Notice tone="warn" title={look(outsideLooks, cell.outside).word}>
          {cell.reason && !failed ? `${sentence(cell.reason)} ` : ''}
          {cell.outside_next}
        </Notice>
      ) : null}
      {cell.reason && (failed || !cell.outside) ? (
        <Notice tone={failed ? 'bad' : 'info'} title={cell.reason} />
      ) : null}
      {/* Whoever asks is answered: CloudFormation may know more than what is written down. */}
      {help || isHeldFast(cell) ? (
        <Recovery
          deployment={deployment}
          stack={key}
          known={cell.reason}
          wanted={help || failed}
          onWanted={onHelp}
        />
      ) : null}
      <Facts
        deployment={deployment}
        stack={stack}
        cell={cell}
        target={detail.environments.find(({ name }) => name === cell.environment)?.target ?? null}
      />
      {cell.may_exist ? <DriftPart deployment={deployment} stack={key} cell={cell} /> : null}
      <Dependencies deployment={deployment} stack={stack.name} environment={cell.environment} />
    </div>
  );
}

function Facts({
  deployment,
  stack,
  cell,
  target,
}: {
  deployment: string;
  stack: StackView;
  cell: Cell;
  target: Target | null;
}) {
  return (
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
        <Age deployment={deployment} cell={cell} />
      </Fact>
      <Fact name="CloudFormation">
        <span className="flex items-start gap-1">
          <span className="min-w-0 flex-1 font-mono text-sm break-all">{cell.cloudformation_name}</span>
          <span className="-my-1">
            <CopyButton text={cell.cloudformation_name} label="Copy CloudFormation name" />
          </span>
        </span>
        {cell.cloudformation_status ? (
          <span className="block font-mono text-sm break-all text-soft">{cell.cloudformation_status}</span>
        ) : null}
      </Fact>
      {stack.template ? (
        <Fact name="Template">
          <span className="font-mono text-sm break-all">{stack.template}</span>
        </Fact>
      ) : null}
      <Fact name="Console">
        {cell.console ? (
          <OpenConsole
            deployment={deployment}
            stack={{ stack: stack.name, environment: cell.environment }}
            cell={cell}
          />
        ) : (
          <span className="text-soft">
            {target === 'sandbox' ? 'None: the stack lives in the sandbox' : 'Once it is deployed'}
          </span>
        )}
      </Fact>
    </dl>
  );
}

/** What a stack needs in its environment, and what needs it there. */
function Dependencies({
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

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-faint">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

/** How old what stands here is, and the way to know better. */
function Age({ deployment, cell }: { deployment: string; cell: Cell }) {
  const { environment, checked_at: at } = cell;
  const refresh = useRefresh(deployment, environment);
  const all = useRefresh(deployment, null);
  const lastKnown = useIsLastKnown(deployment, environment, at);
  if (refresh.asking || all.asking) return <AskingNow>Asking CloudFormation…</AskingNow>;
  return (
    <span className="flex items-start justify-between gap-1">
      <Checked at={at} stale={lastKnown} />
      <span className="-my-1">
        <ActionButton
          label="Refresh from CloudFormation"
          icon={RefreshCw}
          refused={cell.look.refused}
          onPress={() => refresh.ask()}
        />
      </span>
    </span>
  );
}
