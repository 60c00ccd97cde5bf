import { Collapsible } from '@base-ui/react/collapsible';
import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';

/** A line that opens to show more. What it hides is not drawn before. */
export function Disclosure({
  head,
  startsOpen = false,
  quiet,
  children,
}: {
  head: ReactNode;
  startsOpen?: boolean;
  /** A line of little weight. */
  quiet?: boolean;
  children: ReactNode;
}) {
  return (
    <Collapsible.Root defaultOpen={startsOpen}>
      <Collapsible.Trigger
        className={`group flex w-full min-w-0 items-center gap-2 rounded-md px-3 text-left -outline-offset-2 hover:bg-hover ${quiet ? 'py-1.5 text-soft' : 'py-2'}`}
      >
        <ChevronRight
          aria-hidden
          size={14}
          className="shrink-0 text-faint transition-transform group-data-panel-open:rotate-90"
        />
        {head}
      </Collapsible.Trigger>
      <Collapsible.Panel>{children}</Collapsible.Panel>
    </Collapsible.Root>
  );
}
