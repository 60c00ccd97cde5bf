import { Box, Plus } from 'lucide-react';
import { buttonClass } from '@/components/controls/button';
import { Logo } from '@/components/frame/logo';
import { href } from '@/router';
import { DeploymentsFolder } from './deployments-folder';

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
      <DeploymentsFolder title="Deployments are kept in" />
    </div>
  );
}
