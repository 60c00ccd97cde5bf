import type { Cell } from '@/api/backend';
import { CopyButton } from '@/components/controls/copy-button';

/** A value as a shell takes it, in single quotes. */
const quoted = (value: string) => `'${value.replaceAll("'", "'\\''")}'`;

/** `VpcId` as the name of an environment variable: `VPC_ID`. */
const variable = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();

/** All outputs as lines that a shell reads. */
export function asEnv(outputs: Cell['outputs']): string {
  return Object.entries(outputs)
    .map(([name, value]) => `${variable(name)}=${quoted(value)}\n`)
    .join('');
}

/** A stack's outputs, to copy one or all. */
export function Outputs({ cell: { outputs } }: { cell: Cell }) {
  const entries = Object.entries(outputs);
  if (entries.length === 0)
    return <p className="text-faint">None yet: a stack has outputs once it is deployed.</p>;
  return (
    <div className="flex flex-col gap-2">
      <div className="-mt-1 flex items-center justify-end gap-1">
        <CopyButton text={JSON.stringify(outputs, null, 2)} label="Copy all as JSON">
          Copy as JSON
        </CopyButton>
        <CopyButton text={asEnv(outputs)} label="Copy all as variables">
          Copy as variables
        </CopyButton>
      </div>
      <ul aria-label="Outputs" className="flex flex-col divide-y rounded-md border">
        {entries.map(([name, value]) => (
          <li key={name} className="flex items-start gap-1 py-1.5 pr-1 pl-2.5">
            <div className="min-w-0 flex-1">
              <span className="block text-sm break-all text-faint">{name}</span>
              <span className="block font-mono text-sm break-all">{value}</span>
            </div>
            <CopyButton text={value} label={`Copy ${name}`} />
          </li>
        ))}
      </ul>
    </div>
  );
}
