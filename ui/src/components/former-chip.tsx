import { Unlink } from 'lucide-react';

/** That something lives and is not in the manifest any more. */
export function FormerChip() {
  return (
    <span
      title="It is deployed and not in the manifest any more: it can be looked at and destroyed"
      className="inline-flex h-5 min-w-0 items-center gap-1 rounded bg-warn-ground px-1.5 text-xs font-semibold whitespace-nowrap text-warn"
    >
      <Unlink aria-hidden size={12} className="shrink-0" />
      <span className="truncate">Not in the manifest</span>
    </span>
  );
}
