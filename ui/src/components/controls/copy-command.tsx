import { useQuery } from '@tanstack/react-query';
import { Terminal } from 'lucide-react';
import type { Command } from '@/api/backend';
import { queries } from '@/api/queries';
import { CopyButton } from './copy-button';

/** Copies an action as a `cloud` command; nothing where no command says exactly that. */
export function CopyCommand({
  deployment,
  command,
  label = 'Copy as cloud command',
  iconOnly,
}: {
  deployment: string;
  command: Command;
  label?: string;
  iconOnly?: boolean;
}) {
  const line = useQuery(queries.commandLine(deployment, command));
  if (!line.data) return null;
  return (
    <CopyButton text={line.data} label={label} icon={Terminal}>
      {iconOnly ? undefined : label}
    </CopyButton>
  );
}
