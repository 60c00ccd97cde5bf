import { RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { useIsLastKnown, useRefresh } from '@/actions/ask-cloudformation';
import type { Cell, StackView, Target } from '@/api/backend';
import { AskingNow, Checked } from '@/components/checked';
import { ActionButton } from '@/components/controls/button';
import { CopyButton } from '@/components/controls/copy-button';
import { Ago } from '@/components/time';
import { StackStatusText } from '@/status/status';
import { OpenConsole } from './open-console';

/** What is known of a stack: its status and the age of that, its name in CloudFormation, where it is. */
export function Facts({
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
