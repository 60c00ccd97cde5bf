/** A stack that has not been looked at yet. */
export function Skeleton({ name }: { name?: string }) {
  return (
    <div className="flex h-9 items-center gap-3 px-3 not-last:border-b">
      <span aria-hidden className="size-3.5 shrink-0 animate-pulse rounded bg-line" />
      {name ? (
        <span className="w-48 truncate text-soft" title={name}>
          {name}
        </span>
      ) : (
        <span aria-hidden className="h-3 w-40 animate-pulse rounded bg-line" />
      )}
      <span aria-hidden className="h-3 w-56 max-w-[30%] animate-pulse rounded bg-line" />
    </div>
  );
}
