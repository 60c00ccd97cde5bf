import { memo } from 'react';
import { about } from '@/actions/about';
import type { StackView } from '@/api/backend';
import { FormerChip } from '@/components/former-chip';

/** The head of a stack's row: its name, and what it needs. */
export const StackHead = memo(function StackHead({
  deployment,
  stack: { name, needs, former },
}: {
  deployment: string;
  stack: StackView;
}) {
  const needed = needs.length > 0 ? `needs ${needs.join(', ')}` : '';
  return (
    <th
      scope="row"
      {...about({ about: 'stacks', deployment, stack: name })}
      aria-colindex={1}
      className="sticky left-0 z-[1] border-r border-b bg-surface px-3 text-left align-top font-normal"
      title={[name, former ? 'is not in the manifest any more' : needed].filter(Boolean).join(' ')}
    >
      <span className="flex h-8 items-center gap-2 overflow-hidden">
        <span className="max-w-full shrink-0 truncate font-medium">{name}</span>
        {former ? <FormerChip /> : null}
        {needed ? <span className="min-w-0 truncate text-sm text-faint">{needed}</span> : null}
      </span>
    </th>
  );
});
