import { useMutation, useQuery } from '@tanstack/react-query';
import { Box, Plus } from 'lucide-react';
import { backend } from '@/api/backend';
import { queries } from '@/api/queries';
import { buttonClass } from '@/components/button';
import { Logo } from '@/components/logo';
import { ErrorNotice } from '@/components/notice';
import { RootField } from '@/components/root-field';
import { href } from '@/router';

/** The first start: nothing there yet, and the way to the first deployment. */
export function EmptyState() {
  return (
    <div className="m-auto flex max-w-md flex-col items-center gap-3 p-8 text-center">
      <Logo size={64} alt="" />
      <h2 className="mt-2 text-xl font-semibold">Create your first deployment</h2>
      <p className="text-balance text-soft">
        A deployment is one project of one organization: its CloudFormation stacks in each of its
        environments.
      </p>
      <p className="flex items-start gap-2 rounded-lg bg-box-ground px-3 py-2 text-left text-box">
        <Box aria-hidden size={16} className="mt-0.5 shrink-0" />
        Start in the sandbox: CloudFormation on your own machine. No AWS account, no cost. All that the first
        one needs is filled in already.
      </p>
      <a href={href({ page: 'new' })} className={`mt-2 ${buttonClass('primary', 'normal')}`}>
        <Plus aria-hidden size={14} />
        Create the first deployment
      </a>
      <Root />
    </div>
  );
}

/** Where deployments will be kept, as long as there are none to leave behind. */
function Root() {
  const { data: view } = useQuery(queries.settings());
  const save = useMutation({ mutationFn: (root: string | null) => backend.updateSettings({ root }) });
  if (!view) return null;
  return (
    <section
      aria-label="Deployments folder"
      className="mt-4 flex w-full flex-col gap-1 border-t pt-3 text-left"
    >
      <h3 className="text-sm text-faint">Deployments are kept in</h3>
      <RootField view={view} onSave={(root) => save.mutate(root)} />
      {save.error ? <ErrorNotice error={save.error} /> : null}
    </section>
  );
}
