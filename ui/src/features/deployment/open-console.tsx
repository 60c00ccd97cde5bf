import { useMutation } from '@tanstack/react-query';
import { ExternalLink } from 'lucide-react';
import { backend, type Cell, type StackKey } from '@/api/backend';
import { Button } from '@/components/button';
import { CopyButton } from '@/components/copy-button';
import { ErrorNotice } from '@/components/notice';

/** The way into the AWS console. The backend makes the address, and opens no other. */
export function OpenConsole({
  deployment,
  stack,
  cell: { console },
}: {
  deployment: string;
  stack: StackKey;
  cell: Cell;
}) {
  const open = useMutation({ mutationFn: () => backend.openConsole(deployment, stack) });
  if (!console) return null;
  return (
    <div className="flex flex-col items-start gap-2">
      <span className="flex items-center gap-1">
        <Button size="small" icon={ExternalLink} onClick={() => open.mutate()}>
          Open in the AWS console
        </Button>
        <CopyButton text={console} label="Copy the console’s address" />
      </span>
      {open.error ? <ErrorNotice error={open.error} /> : null}
    </div>
  );
}
