import { useQuery } from '@tanstack/react-query';
import { ArrowRight, ArrowRightLeft } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { askFor, operationWords } from '@/actions/operations';
import type { ComparisonView, DeploymentDetail, StackComparison } from '@/api/backend';
import { queries } from '@/api/queries';
import { Asked } from '@/components/asked';
import { ActionButton, IconButton } from '@/components/controls/button';
import { Disclosure } from '@/components/controls/disclosure';
import { Select } from '@/components/controls/select';
import { Notice } from '@/components/notice';
import { count, sentence } from '@/format';
import { ComparedStack } from './compared-stack';

/** Two environments side by side: by what the one is behind the other. */
export function CompareView({
  detail,
  from,
  to,
  onPair,
  children,
}: {
  detail: DeploymentDetail;
  /** Those that were asked for; empty: not chosen yet. */
  from: string;
  to: string;
  onPair: (from: string, to: string) => void;
  /** What else stands above the comparison. */
  children?: ReactNode;
}) {
  const { environments } = detail;
  // While one looks, a deploy does not change what is looked at.
  const [kept] = useState(detail.compare);
  const exists = (name: string) => environments.some((environment) => environment.name === name);
  const first = kept && exists(kept.from) && exists(kept.to) ? kept : detail.compare;
  const pair = first && { from: exists(from) ? from : first.from, to: exists(to) ? to : first.to };
  const choices = environments.map(({ name }) => ({ value: name, label: name }));
  return (
    <section aria-label="Compare environments" className="shrink-0 rounded-lg border bg-surface">
      <div className="flex flex-wrap items-center gap-2 border-b px-3 py-2">
        {children}
        {pair ? (
          <>
            <Select
              label="From"
              value={pair.from}
              choices={choices}
              onChange={(name) => onPair(name, pair.to)}
            />
            <ArrowRight role="img" aria-label="to" size={14} className="text-faint" />
            <Select
              label="To"
              value={pair.to}
              choices={choices}
              onChange={(name) => onPair(pair.from, name)}
            />
            <IconButton
              label="Swap the environments"
              icon={ArrowRightLeft}
              onClick={() => onPair(pair.to, pair.from)}
            />
          </>
        ) : null}
      </div>
      {!pair ? (
        <p className="p-6 text-center text-faint">
          There is only one environment: a second one in the manifest can be compared with it.
        </p>
      ) : pair.from === pair.to ? (
        <p className="p-6 text-center text-faint">Choose two different environments.</p>
      ) : (
        <Pair detail={detail} from={pair.from} to={pair.to} />
      )}
    </section>
  );
}

function Pair({ detail, from, to }: { detail: DeploymentDetail; from: string; to: string }) {
  const comparison = useQuery(queries.comparison(detail.row.deployment_id, from, to));
  return (
    <div className="p-3">
      <Asked query={comparison}>{(answer) => <Found detail={detail} answer={answer} />}</Asked>
    </div>
  );
}

function Found({ detail, answer }: { detail: DeploymentDetail; answer: ComparisonView }) {
  const { comparison, unanswered, asked_at } = answer;
  const { from, to, summary, behind, stacks } = comparison;
  const deployment = detail.row.deployment_id;
  const deploy = detail.environments.find(({ name }) => name === to)?.deploy;
  const differing = stacks.filter(({ level }) => !level);
  const same = stacks.filter(({ level, relation }) => level && relation !== 'neither');
  const neither = stacks.filter(({ relation }) => relation === 'neither');
  const list = (shown: StackComparison[], name: string) => (
    <ul aria-label={name} className="divide-y rounded-lg border">
      {shown.map((stack) => (
        <ComparedStack
          key={stack.stack}
          deployment={deployment}
          compared={stack}
          from={from}
          to={to}
          asked={asked_at}
        />
      ))}
    </ul>
  );
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 data-testid="comparison" className="min-w-0 text-lg font-semibold">
          {summary}
        </h2>
        {deploy && behind > 0 ? (
          <ActionButton
            label={`Review deploying ${to}`}
            look="primary"
            size="normal"
            icon={operationWords.deploy.icon}
            refused={deploy.refused}
            onPress={() => askFor(deployment, { kind: 'deploy', environment: to })}
          >
            {`Review deploying ${to}`}
          </ActionButton>
        ) : null}
      </div>
      {unanswered.map(({ environment, reason }) => (
        <Notice
          key={environment}
          tone="warn"
          title={`${environment} could not be asked: only its last known statuses are compared`}
        >
          {sentence(reason)}
        </Notice>
      ))}
      {differing.length > 0 ? list(differing, 'Stacks that differ') : null}
      {same.length > 0 ? (
        <Disclosure
          quiet
          startsOpen={differing.length === 0}
          head={`${count(same.length, 'stack')} the same`}
        >
          {list(same, 'Stacks that are the same')}
        </Disclosure>
      ) : null}
      {neither.length > 0 ? (
        <Disclosure quiet head={`${count(neither.length, 'stack')} in neither`}>
          {list(neither, 'Stacks that are in neither')}
        </Disclosure>
      ) : null}
    </>
  );
}
