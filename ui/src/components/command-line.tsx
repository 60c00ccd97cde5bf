import { CopyButton } from './controls/copy-button';

/** A command to copy. `label` names the button; without it, it is the same action as a `cloud` command. */
export function CommandLine({
  command,
  label = 'Copy as cloud command',
}: {
  command: string;
  label?: string;
}) {
  return (
    <div className="flex items-start gap-1 rounded-md border bg-sunken py-1 pr-1 pl-2.5">
      <code className="min-w-0 flex-1 py-1 font-mono text-sm break-words">{command}</code>
      <CopyButton text={command} label={label} />
    </div>
  );
}
