import { ChevronRight } from 'lucide-react';
import { createContext, type ReactNode, useContext, useEffect, useRef } from 'react';
import { Logo } from './logo';

export type Crumb = { label: string; href?: string };

/** What stands in the corner of every screen's head. */
export const Corner = createContext<ReactNode>(null);

/**
 * The head of every screen: where one is, the way back, and the screen's main action. A new screen is told by the
 * window's title, and the focus goes to its heading.
 */
export function TopBar({ crumbs, children }: { crumbs: Crumb[]; children?: ReactNode }) {
  const corner = useContext(Corner);
  const heading = useRef<HTMLHeadingElement>(null);
  const place = crumbs
    .slice(1)
    .map(({ label }) => label)
    .join(' / ');

  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  useEffect(() => {
    document.title = place ? `${place} — Skydeck` : 'Skydeck';
  }, [place]);

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
                <h1
                  ref={heading}
                  tabIndex={-1}
                  aria-current="page"
                  className="truncate font-semibold outline-none"
                  title={label}
                >
                  {label}
                </h1>
              )}
            </li>
          ))}
        </ol>
      </nav>
      <div className="flex shrink-0 items-center gap-2">
        {children}
        {corner}
      </div>
    </header>
  );
}
