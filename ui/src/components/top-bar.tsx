import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { Logo } from './logo';

export type Crumb = { label: string; href?: string };

/** The head of every screen: where one is, the way back, and the screen's main action. */
export function TopBar({ crumbs, children }: { crumbs: Crumb[]; children?: ReactNode }) {
  return (
    <header className="flex h-12 shrink-0 items-center gap-3 border-b bg-surface px-4">
      <Logo size={22} alt="Skydeck" />
      <nav aria-label="Breadcrumb" className="min-w-0 flex-1">
        <ol className="flex min-w-0 items-center gap-1.5">
          {crumbs.map(({ label, href }, index) => (
            <li key={label} className={`flex items-center gap-1.5 ${index > 0 ? 'min-w-0' : 'shrink-0'}`}>
              {index > 0 ? <ChevronRight aria-hidden size={14} className="shrink-0 text-faint" /> : null}
              {href ? (
                <a href={href} className="truncate rounded text-soft hover:text-ink hover:underline">
                  {label}
                </a>
              ) : (
                <h1 aria-current="page" className="truncate font-semibold" title={label}>
                  {label}
                </h1>
              )}
            </li>
          ))}
        </ol>
      </nav>
      <div className="flex shrink-0 items-center gap-2">{children}</div>
    </header>
  );
}
