import { useQuery } from '@tanstack/react-query';
import { about } from '@/actions/about';
import type { Relation, StackComparison, ValueDifference, Why } from '@/api/backend';
import { queries } from '@/api/queries';
import { Disclosure } from '@/components/controls/disclosure';
import { Loaded } from '@/components/loaded';
import { TextDiff } from '@/components/text-diff';
import { count } from '@/format';
import { LookText } from '@/status/status';
import { relationLooks } from '@/status/statuses';
import { Differences } from './differences';

/** What each relation means, where there is nothing else to show. */
const meanings: Partial<Record<Relation, (from: string, to: string) => string>> = {
  missing: (from, to) => `deployed in ${from}, enabled but not there in ${to}`,
  not_wanted: (from, to) => `deployed in ${from}, disabled in ${to}`,
  extra: (from, to) => `deployed in ${to} only, not in ${from}`,
  neither: () => 'deployed in neither',
  not_known: () => 'CloudFormation could not be asked for both',
};

/** One stack in two environments. */
export function ComparedStack({
  deployment,
  compared,
  from,
  to,
  asked,
}: {
  deployment: string;
  compared: StackComparison;
  from: string;
  to: string;
  /** When the comparison was made. */
  asked: string;
}) {
  const { stack, relation, template, parameters, tags, outputs, hidden } = compared;
  const head = (
    <span className="grid min-w-0 flex-1 grid-cols-[minmax(0,14rem)_8rem_minmax(0,1fr)] items-center gap-3">
      <span className="truncate font-medium" title={stack}>
        {stack}
      </span>
      <LookText look={relationLooks[relation]} />
      <span className="truncate text-soft">{meanings[relation]?.(from, to) ?? parts(compared)}</span>
    </span>
  );
  const differs = template === 'differs';
  const plain = !differs && parameters.length + tags.length + outputs.length + hidden.length === 0;
  return (
    <li
      data-testid={`compared-${stack}`}
      {...about({ about: 'stack', deployment, stack, environment: to })}
      data-relation={relation}
      className="py-0.5"
    >
      {plain ? (
        <div className="flex px-3 py-2 pl-[2.125rem]">{head}</div>
      ) : (
        <Disclosure head={head}>
          <div className="flex flex-col gap-4 px-3 pt-1 pb-3 pl-[2.125rem]">
            {differs ? (
              <Template deployment={deployment} stack={stack} from={from} to={to} asked={asked} />
            ) : null}
            <Differences title="Parameters" of={stack} values={parameters} from={from} to={to} />
            <Differences title="Tags" of={stack} values={tags} from={from} to={to} />
            <Differences title="Outputs" of={stack} values={outputs} from={from} to={to} />
            {hidden.length > 0 ? (
              <p className="text-soft">
                CloudFormation keeps {hidden.join(', ')} to itself: whether{' '}
                {hidden.length === 1 ? 'it differs' : 'they differ'} is not known.
              </p>
            ) : null}
          </div>
        </Disclosure>
      )}
    </li>
  );
}

/** What differs, in short: what is behind first. */
function parts({ template, parameters, tags, outputs }: StackComparison): string {
  const values = [...parameters, ...tags];
  const number = (shown: ValueDifference[], wanted: Why['why']) =>
    shown.filter(({ why }) => why.why === wanted).length;
  const behind = (shown: ValueDifference[]) => number(shown, 'behind');
  const ahead = number(values, 'ahead');
  const meant = values.length - behind(values) - ahead;
  const said = [
    template === 'differs' ? 'template' : '',
    template === 'not_known' ? 'template not known' : '',
    behind(parameters) > 0 ? count(behind(parameters), 'parameter') : '',
    behind(tags) > 0 ? count(behind(tags), 'tag') : '',
    ahead > 0 ? `${count(ahead, 'value')} ahead` : '',
    meant > 0 ? `${count(meant, 'value')} meant to differ` : '',
    values.length === 0 && outputs.length > 0 ? count(outputs.length, 'output') : '',
  ];
  return said.filter(Boolean).join(', ');
}

function Template({
  deployment,
  stack,
  from,
  to,
  asked,
}: {
  deployment: string;
  stack: string;
  from: string;
  to: string;
  asked: string;
}) {
  // What `to` would become: its own lines go, those of `from` come.
  const diff = useQuery(queries.comparedTemplates(deployment, stack, to, from, asked));
  const label = `Template of ${stack}: from ${to} to ${from}`;
  return (
    <div>
      <h3 className="mb-1.5 font-semibold">
        Template{' '}
        <span className="font-normal text-soft">
          what {to} would take over from {from}
        </span>
      </h3>
      <Loaded snug query={diff}>
        {(found) => <TextDiff label={label} diff={found} />}
      </Loaded>
    </div>
  );
}
