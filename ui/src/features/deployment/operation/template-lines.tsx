import { useQuery } from '@tanstack/react-query';
import type { StackKey } from '@/api/backend';
import { queries } from '@/api/queries';
import { ErrorNotice } from '@/components/notice';

/** The lines of a stack's template in which a resource stands, or the import for which the stack failed. */
export function TemplateLines({
  deployment,
  stack,
  resource,
  reason,
}: {
  deployment: string;
  stack: StackKey;
  resource: string;
  reason: string | null;
}) {
  const lines = useQuery(queries.templateLines(deployment, stack, resource, reason));
  if (lines.error) return <ErrorNotice error={lines.error} />;
  if (lines.data === undefined) return <p className="text-faint">Reading the template…</p>;
  if (lines.data === null) return <p>The template does not have {resource} as it stands now.</p>;
  const { path, first, lines: texts } = lines.data;
  const numbered = texts.map((text, at) => ({ number: first + at, text }));
  return (
    <figure className="mt-1.5 overflow-hidden rounded-md border bg-surface text-ink">
      <figcaption className="border-b px-2.5 py-1 font-mono text-sm text-soft">
        {path}:{first}
      </figcaption>
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label={`Lines of ${path}`}
        className="max-h-72 overflow-auto py-1 -outline-offset-2"
      >
        <pre className="font-mono text-sm">
          {numbered.map(({ number, text }) => (
            <span key={number} className="flex">
              <span aria-hidden className="w-10 shrink-0 pr-2.5 text-right text-faint select-none">
                {number}
              </span>
              <code>{text || ' '}</code>
            </span>
          ))}
        </pre>
      </section>
    </figure>
  );
}
