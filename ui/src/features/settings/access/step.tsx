import { Check } from 'lucide-react';
import type { ReactNode } from 'react';

/** One of the numbered steps of a way; `done`: it needs nothing more. */
export function Step({
  number,
  title,
  done,
  children,
}: {
  number: number;
  title: string;
  done: boolean;
  children: ReactNode;
}) {
  return (
    <section
      aria-label={done ? `${title} (done)` : title}
      className="grid grid-cols-[1.5rem_minmax(0,1fr)] gap-x-2.5"
    >
      <span
        aria-hidden
        className={`flex size-5.5 items-center justify-center rounded-full text-sm font-semibold ${done ? 'bg-ok-ground text-ok' : 'bg-accent-ground text-accent'}`}
      >
        {done ? <Check size={13} /> : number}
      </span>
      <div className="flex min-w-0 flex-col gap-2">
        <h3 className="font-semibold">{title}</h3>
        {children}
      </div>
    </section>
  );
}
