import { useQuery } from '@tanstack/react-query';
import { about } from '@/actions/about';
import type { Relation, StackComparison, ValueDifference, Why } from '@/api/backend';
import { queries } from '@/api/queries';
import { Disclosure } from '@/components/disclosure';
import { Loaded } from '@/components/loaded';
import { TextDiff } from '@/components/text-diff';
import { Value } from '@/components/value';
import { count } from '@/format';
import { LookText } from '@/status/status';
import { relationLooks } from '@/status/statuses';

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
            <Values title="Parameters" of={stack} values={parameters} from={from} to={to} />
            <Values title="Tags" of={stack} values={tags} from={from} to={to} />
            <Values title="Outputs" of={stack} values={outputs} from={from} to={to} />
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

function Values({
  title,
  of,
  values,
  from,
  to,
}: {
  title: string;
  of: string;
  values: ValueDifference[];
  from: string;
  to: string;
}) {
  if (values.length === 0) return null;
  return (
    <table
      aria-label={`${title} of ${of} that differ`}
      className="w-full table-fixed border-separate border-spacing-0 rounded-md border"
    >
      <thead>
        <tr className="text-left text-sm text-faint [&>th]:px-2.5 [&>th]:py-1 [&>th]:font-medium">
          <th scope="col" className="w-[22%]">
            {title}
          </th>
          <th scope="col">{from}</th>
          <th scope="col">{to}</th>
          <th scope="col" className="w-[24%]">
            Why
          </th>
        </tr>
      </thead>
      <tbody className="align-top [&_td]:border-t [&_td]:px-2.5 [&_td]:py-1.5 [&_th]:border-t [&_th]:px-2.5 [&_th]:py-1.5">
        {values.map((value) => (
          <tr key={value.name} data-testid={`difference-${value.name}`}>
            <th scope="row" className="text-left font-mono text-sm font-normal break-all">
              {value.name}
            </th>
            <td>
              <Value text={value.from} other={value.to} absent="none" />
            </td>
            <td>
              <Value text={value.to} other={value.from} absent="none" />
            </td>
            <td className="text-sm break-words">{whyWords(value.why, from, to)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function whyWords(why: Why, from: string, to: string) {
  switch (why.why) {
    case 'behind':
      return <span className="font-medium text-warn">A deploy of {to} changes it</span>;
    case 'ahead':
      return <span className="text-soft">A deploy of {from} changes it there</span>;
    case 'wired':
      return <span className="text-faint">From {why.references.join(', ')}, which each has its own of</span>;
    case 'setting':
      return <span className="text-faint">From {why.references.join(', ')}</span>;
    case 'own':
      return <span className="text-faint">The manifest gives each its own</span>;
    case 'output':
      return <span className="text-faint">Made by the stack itself</span>;
  }
}
