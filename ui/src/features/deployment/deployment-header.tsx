import { Globe, Info } from 'lucide-react';
import { askFor, operationWords } from '@/actions/operations';
import type { DeploymentDetail, NextStep } from '@/api/backend';
import { ActionButton } from '@/components/controls/button';
import { CopyButton } from '@/components/controls/copy-button';
import { Ago } from '@/components/time';
import { DeploymentStatusPill } from '@/status/status';

/** Whose deployment it is, and its own status with what that means beside those of its stacks. */
export function DeploymentHeader({ detail: { row, explanation } }: { detail: DeploymentDetail }) {
  return (
    <section aria-label="About the deployment" className="flex flex-col gap-3">
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <h2 className="min-w-0 text-xl font-semibold break-words">
          <span className="font-normal text-soft">{row.organization} / </span>
          {row.project}
        </h2>
        {row.domain ? (
          <span className="inline-flex min-w-0 items-baseline gap-1.5 text-soft">
            <Globe aria-hidden size={13} className="shrink-0 self-center text-faint" />
            <span className="truncate" title={row.domain}>
              {row.domain}
            </span>
          </span>
        ) : null}
        {row.created_at ? (
          <span className="text-faint">
            created <Ago at={row.created_at} />
          </span>
        ) : null}
        <span className="ml-auto self-center">
          <CopyButton text={row.path} label="Copy folder path">
            Copy folder path
          </CopyButton>
        </span>
      </div>
      <div
        data-testid="explanation"
        data-surprising={explanation.surprising}
        className="flex items-start gap-3 rounded-lg border bg-surface px-3 py-2.5"
      >
        <div className="flex shrink-0 items-center gap-2">
          <span className="text-sm text-faint">Deployment</span>
          <DeploymentStatusPill status={row.status} />
        </div>
        <p
          className={`flex min-w-0 flex-1 items-start gap-1.5 pt-0.5 ${explanation.surprising ? '' : 'text-soft'}`}
        >
          {explanation.surprising ? (
            <Info aria-hidden size={14} className="mt-[3px] shrink-0 text-accent" />
          ) : null}
          <span className="min-w-0">{explanation.text}</span>
        </p>
        {explanation.next ? <Next deployment={row.deployment_id} next={explanation.next} /> : null}
      </div>
    </section>
  );
}

/** What to do about it. */
function Next({ deployment, next: { request, availability } }: { deployment: string; next: NextStep }) {
  const { name, icon } = operationWords[request.kind];
  const what = `${name} ${request.environment ?? 'all environments'}`;
  return (
    <ActionButton
      label={`Next: ${what}`}
      icon={icon}
      refused={availability.refused}
      onPress={() => askFor(deployment, request)}
    >
      {what}
    </ActionButton>
  );
}
