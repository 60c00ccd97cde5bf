import { StackButtons } from '@/actions/stack-buttons';
import type { Cell, DeploymentDetail, StackView } from '@/api/backend';
import { Notice } from '@/components/notice';
import { sentence } from '@/format';
import { look, outsideLooks, stackLooks } from '@/status/statuses';
import { Dependencies } from './dependencies';
import { Drift } from './drift';
import { Facts } from './facts';
import { isHeldFast, Recovery } from './recovery';

/** How a stack stands, why, how to fix it, and what can be done with it. */
export function Overview({
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
        <StackButtons deployment={deployment} stack={stack.name} cell={cell} />
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
      {cell.may_exist ? <Drift deployment={deployment} stack={key} cell={cell} /> : null}
      <Dependencies deployment={deployment} stack={stack.name} environment={cell.environment} />
    </div>
  );
}
