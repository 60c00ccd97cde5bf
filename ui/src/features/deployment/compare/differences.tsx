import type { ValueDifference, Why } from '@/api/backend';
import { Value } from '@/components/value';

/** The values that are not the same in both environments, and why each is not. */
export function Differences({
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
