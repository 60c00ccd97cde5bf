import type { DeploymentDetail } from '@/api/backend';
import { EnvironmentHead } from './environment-head';
import { StackCell } from './stack-cell';

/** Stacks × environments: one cell for each stack in each environment. */
export function StackGrid({
  detail: { row, environments, stacks },
  selected,
  onSelect,
}: {
  detail: DeploymentDetail;
  selected: { stack: string; environment: string } | null;
  onSelect: (stack: string, environment: string) => void;
}) {
  return (
    <section aria-label="Stacks" className="shrink-0 overflow-x-auto rounded-lg border bg-surface">
      <table
        aria-label="Stacks and environments"
        className="w-full table-fixed border-separate border-spacing-0"
        // Every environment gets the same width; below this they scroll.
        style={{ minWidth: `${12 + 15 * environments.length}rem` }}
      >
        <thead>
          <tr>
            <th
              scope="col"
              className="sticky left-0 z-[1] w-48 border-r @4xl:w-64 border-b bg-surface px-3 pb-2 text-left align-bottom text-sm font-medium text-faint"
            >
              Stack
            </th>
            {environments.map((environment) => (
              <EnvironmentHead
                key={environment.name}
                deployment={row.deployment_id}
                environment={environment}
              />
            ))}
          </tr>
        </thead>
        <tbody className="[&>tr:last-child>*]:border-b-0">
          {stacks.map((stack) => (
            <tr key={stack.name}>
              <th
                scope="row"
                className="sticky left-0 z-[1] border-r border-b bg-surface px-3 py-2 text-left align-top font-normal"
              >
                <span className="block truncate font-medium" title={stack.name}>
                  {stack.name}
                </span>
                {stack.needs.length > 0 ? (
                  <span
                    className="block truncate text-sm text-faint"
                    title={`Needs ${stack.needs.join(', ')}`}
                  >
                    needs {stack.needs.join(', ')}
                  </span>
                ) : null}
              </th>
              {stack.cells.map((cell) => (
                <StackCell
                  key={cell.environment}
                  deployment={row.deployment_id}
                  stack={stack.name}
                  cell={cell}
                  selected={selected?.stack === stack.name && selected.environment === cell.environment}
                  onSelect={() => onSelect(stack.name, cell.environment)}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {stacks.length === 0 ? <p className="p-6 text-center text-faint">No stacks are known.</p> : null}
    </section>
  );
}
