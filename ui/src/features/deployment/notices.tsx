import { RefreshCw } from 'lucide-react';
import { Fragment } from 'react';
import { useRefresh } from '@/actions/ask-cloudformation';
import type { DeploymentDetail } from '@/api/backend';
import { Button } from '@/components/controls/button';
import { Notice } from '@/components/notice';
import { ProblemList } from '@/components/problem-list';
import { Renamed } from '@/components/renamed';
import { count, sentence } from '@/format';
import { TakeOver } from './take-over';
import { TrustNotice } from './trust-notice';
import { NotCompared, Unanswered } from './unanswered';

/** What there is to know before anything else: what is wrong with the deployment's files, and what could not be asked. */
export function Notices({ deployment, detail }: { deployment: string; detail: DeploymentDetail }) {
  const { row, problems, warnings, environments, former, renamed } = detail;
  const refresh = useRefresh(deployment, null);
  return (
    <>
      {row.problem ? (
        <Notice tone="warn" title={row.problem}>
          {row.interrupted?.here === false ? <TakeOver deployment={deployment} /> : null}
          {row.interrupted?.here ? (
            <Button size="small" icon={RefreshCw} disabled={refresh.asking} onClick={() => refresh.ask()}>
              {refresh.asking ? 'Asking CloudFormation…' : 'Ask CloudFormation'}
            </Button>
          ) : null}
        </Notice>
      ) : null}
      <TrustNotice deployment={deployment} />
      <Renamed renamed={renamed} />
      {former.map(({ stack, environment, text, hint }) =>
        hint ? (
          <Notice key={`${stack}/${environment}`} tone="warn" title={text}>
            {sentence(hint)}
          </Notice>
        ) : null,
      )}
      <Unanswered
        deployment={deployment}
        environment={null}
        checkedAt={environments.map(({ checked_at }) => checked_at)}
      />
      {environments.map(({ name, checked_at }) => (
        <Fragment key={name}>
          <Unanswered deployment={deployment} environment={name} checkedAt={[checked_at]} />
          <NotCompared deployment={deployment} environment={name} />
        </Fragment>
      ))}
      {problems.length > 0 ? (
        <Notice tone="bad" title={`${count(problems.length, 'problem')} in the manifest and its templates`}>
          A deploy that needs what is wrong is refused until it is corrected.
          <ProblemList problems={problems} deployment={deployment} />
        </Notice>
      ) : null}
      {warnings.length > 0 ? (
        <Notice
          tone="warn"
          title={`${count(warnings.length, 'warning')} about the manifest and its templates`}
        >
          <ProblemList problems={warnings} deployment={deployment} />
        </Notice>
      ) : null}
    </>
  );
}
