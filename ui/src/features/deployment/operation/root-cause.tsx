import { useQuery } from '@tanstack/react-query';
import { FileCode, LifeBuoy } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { about } from '@/actions/about';
import type { OperationView, StackRun } from '@/api/backend';
import { queries } from '@/api/queries';
import { Button, buttonClass } from '@/components/controls/button';
import { CopyButton } from '@/components/controls/copy-button';
import { Disclosure } from '@/components/controls/disclosure';
import { Notice } from '@/components/notice';
import { count, keyName } from '@/format';
import { TemplateLines } from './template-lines';

/** How many failures are told in full; the others are behind one line. */
const FIRST = 3;

/** Why an operation failed: the stack that failed first, with what failed first in it, then the others. */
export function RootCause({
  view,
  again,
  helpFor,
}: {
  view: OperationView;
  /** The button that goes on from here, where that makes sense. */
  again: ReactNode;
  /** The address of how to fix a stack, where something has to be done to it. */
  helpFor: (run: StackRun) => string | null;
}) {
  const failures = failuresOf(view.stacks);
  if (failures.length === 0) return null;
  const skipped = view.stacks.filter(({ end }) => end?.outcome === 'skipped').length;
  const tell = (run: StackRun, index: number) => (
    <li
      key={keyName(run.key)}
      data-testid="failure"
      {...about({ about: 'stack', deployment: view.start.deployment_id, ...run.key })}
    >
      <Failure
        view={view}
        run={run}
        skipped={index === 0 ? skipped : 0}
        help={run.end ? helpFor(run) : null}
        again={index === 0 ? again : null}
      />
    </li>
  );
  const rest = failures.slice(FIRST);
  return (
    <div className="px-4 pb-3">
      <ol aria-label="Failures" className="flex flex-col gap-2">
        {failures.slice(0, FIRST).map(tell)}
      </ol>
      {rest.length > 0 ? (
        <Disclosure quiet head={<span>{count(rest.length, 'more failure')}</span>}>
          <ol aria-label="More failures" className="flex flex-col gap-2 pt-1">
            {rest.map((run, index) => tell(run, FIRST + index))}
          </ol>
        </Disclosure>
      ) : null}
    </div>
  );
}

function Failure({
  view,
  run,
  skipped,
  help,
  again,
}: {
  view: OperationView;
  run: StackRun;
  skipped: number;
  help: string | null;
  again: ReactNode;
}) {
  const { key, first_failure: failure, failed_as_a_whole: asWhole, end } = run;
  const [lines, setLines] = useState(false);
  const deployment = view.start.deployment_id;
  const reason = failure?.reason ?? null;
  // A stack that fails as a whole has a line of its template to blame only where an import is the cause.
  const whole = useQuery({
    ...queries.templateLines(deployment, key, failure?.logical_id ?? '', reason),
    enabled: failure !== null && asWhole,
  });
  const what = `${key.stack} in ${key.environment}`;
  return (
    <Notice tone="bad" title={`${what}: ${failure?.reason ?? end?.reason ?? 'failed'}`}>
      {failure ? (
        <p>
          <span className="font-mono text-sm text-ink">{failure.logical_id}</span>{' '}
          <span className="font-mono text-sm">
            {failure.resource_type} {failure.status}
          </span>
        </p>
      ) : null}
      {failure && end?.reason && !(failure.reason && end.reason.includes(failure.reason)) ? (
        <p>{end.reason}</p>
      ) : null}
      {skipped > 0 ? <p>{count(skipped, 'stack was', 'stacks were')} skipped.</p> : null}
      <div className="mt-1.5 flex flex-wrap items-center gap-2">
        {/* What is held fast has to be helped before anything is tried again. */}
        {help ? (
          <a href={help} aria-label={`How to fix ${what}`} className={buttonClass('primary', 'small')}>
            <LifeBuoy aria-hidden size={14} />
            How to fix
          </a>
        ) : null}
        {again}
        {failure && (!asWhole || whole.data) ? (
          <Button size="small" icon={FileCode} aria-expanded={lines} onClick={() => setLines(!lines)}>
            Template lines
          </Button>
        ) : null}
        <CopyReport view={view} run={run} />
      </div>
      {lines && failure ? (
        <TemplateLines deployment={deployment} stack={key} resource={failure.logical_id} reason={reason} />
      ) : null}
    </Notice>
  );
}

/** Copies a failure to hand on. It is fetched before: only what is at hand can be copied on a click. */
function CopyReport({ view: { id, start }, run }: { view: OperationView; run: StackRun }) {
  const report = useQuery(queries.failureReport(start.deployment_id, id, run.key));
  return report.data ? (
    <CopyButton text={report.data} label={`Copy the failure of ${run.key.stack} as Markdown`}>
      Copy as Markdown
    </CopyButton>
  ) : null;
}

/** The stacks that failed, the earliest failure first. */
export function failuresOf(runs: StackRun[]): StackRun[] {
  const when = (run: StackRun) =>
    Date.parse(run.first_failure?.happened_at ?? run.ended_at ?? '') || Number.POSITIVE_INFINITY;
  return runs
    .filter((run) => run.first_failure !== null || run.end?.outcome === 'failed')
    .sort((a, b) => when(a) - when(b));
}
