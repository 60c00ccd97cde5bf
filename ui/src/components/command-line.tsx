import { CopyButton } from './copy-button';

/** The same action on the command line, to copy. */
export function CommandLine({ command }: { command: string }) {
  return (
    <div className="flex items-start gap-1 rounded-md border bg-sunken py-1 pr-1 pl-2.5">
      <code className="min-w-0 flex-1 py-1 font-mono text-sm break-words">{command}</code>
      <CopyButton text={command} label="Copy as cloud command" />
    </div>
  );
}
