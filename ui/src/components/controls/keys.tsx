/** The keys of a shortcut: each press a group of key caps. They repeat what is reachable otherwise. */
export function Keys({ presses }: { presses: string[][] }) {
  return (
    <span aria-hidden className="inline-flex shrink-0 items-center gap-1">
      {presses.map((press) => (
        <span key={press.join()} className="inline-flex items-center gap-0.5">
          {press.map((key) => (
            <kbd
              key={key}
              className="min-w-5 rounded border border-edge bg-canvas px-1 text-center font-mono text-xs leading-4.5 text-soft"
            >
              {key}
            </kbd>
          ))}
        </span>
      ))}
    </span>
  );
}
