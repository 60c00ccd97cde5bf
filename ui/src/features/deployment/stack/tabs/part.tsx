import type { ReactNode } from 'react';
import type { Cell, StackKey } from '@/api/backend';

/** Which stack a part is about. */
export type OfStack = { deployment: string; stack: StackKey; cell: Cell };

/** One part of a stack's panel, with its title. */
export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-1.5 font-semibold">{title}</h3>
      {children}
    </section>
  );
}
