import type { PropertyChange } from '@/api/backend';
import { Value } from '@/components/value';
import { LookText } from '@/status/status';
import { replacementLooks } from '@/status/statuses';

/** The differences of one resource: each property now and then. */
export function PropertyTable({ of, properties }: { of: string; properties: PropertyChange[] }) {
  return (
    <table
      aria-label={`Properties of ${of}`}
      className="w-full table-fixed border-separate border-spacing-0 rounded-md border bg-canvas"
    >
      <thead>
        <tr className="text-left text-sm text-faint [&>th]:px-2.5 [&>th]:py-1 [&>th]:font-medium">
          <th scope="col" className="w-[28%]">
            Property
          </th>
          <th scope="col">Now</th>
          <th scope="col">Then</th>
        </tr>
      </thead>
      <tbody className="align-top [&_td]:border-t [&_td]:px-2.5 [&_td]:py-1.5 [&_th]:border-t [&_th]:px-2.5 [&_th]:py-1.5">
        {properties.map(({ path, before, after, replacement, cause }) => (
          <tr key={path}>
            <th scope="row" className="text-left font-normal">
              <span className="block font-mono text-sm break-all">{path.replace(/^Properties\./, '')}</span>
              {replacement === 'no' ? null : (
                <span className="block text-sm">
                  <LookText look={replacementLooks[replacement]} />
                </span>
              )}
              {cause ? (
                <span className="block text-sm break-words text-faint">because of {cause}</span>
              ) : null}
            </th>
            <td>
              <Value text={before} other={after} absent="–" />
            </td>
            <td>
              <Value text={after} other={before} absent="–" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
