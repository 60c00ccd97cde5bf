import { useMutation } from '@tanstack/react-query';
import { ExternalLink } from 'lucide-react';
import { backend, type RealResource, type ResourceView, type StackKey } from '@/api/backend';
import { Button, IconButton } from '@/components/controls/button';
import { CopyButton } from '@/components/controls/copy-button';
import { ErrorNotice } from '@/components/notice';
import type { OfStack } from './part';

const useConsole = (deployment: string, stack: StackKey) =>
  useMutation({
    mutationFn: (resource: RealResource | null) => backend.openConsole(deployment, stack, resource),
  });

/** The way into the AWS console. The backend makes the address, and opens no other. */
export function OpenConsole({ deployment, stack, cell: { console } }: OfStack) {
  const open = useConsole(deployment, stack);
  if (!console) return null;
  return (
    <div className="flex flex-col items-start gap-2">
      <span className="flex items-center gap-1">
        <Button size="small" icon={ExternalLink} onClick={() => open.mutate(null)}>
          Open in the AWS console
        </Button>
        <CopyButton text={console} label="Copy the console’s address" />
      </span>
      {open.error ? <ErrorNotice error={open.error} /> : null}
    </div>
  );
}

/** The same for one resource, where its page is known. */
export function OpenResource({
  deployment,
  stack,
  resource: { logical_id, resource_type, physical_id, console },
}: {
  deployment: string;
  stack: StackKey;
  resource: ResourceView;
}) {
  const open = useConsole(deployment, stack);
  if (!console || physical_id === null) return null;
  return (
    <>
      <IconButton
        label={`Open ${logical_id} in the AWS console`}
        icon={ExternalLink}
        onClick={() => open.mutate({ resource_type, physical_id })}
      />
      {open.error ? (
        <div className="w-full">
          <ErrorNotice error={open.error} />
        </div>
      ) : null}
    </>
  );
}
