import { Fragment } from 'react';
import type { TextDiff as Diff, DiffLine, DiffSide } from '@/api/backend';

const sides: Record<DiffSide, { sign: string; said: string; className: string }> = {
  both: { sign: ' ', said: '', className: '' },
  old: { sign: '-', said: 'removed', className: 'bg-bad-ground text-bad' },
  new: { sign: '+', said: 'added', className: 'bg-ok-ground text-ok' },
};

/** What differs between two texts, line by line. `label` says which texts. */
export function TextDiff({ label, diff: { hunks, cut } }: { label: string; diff: Diff }) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      className="overflow-auto rounded-md border bg-canvas py-1 font-mono text-sm -outline-offset-2"
    >
      <div className="w-max min-w-full">
        {hunks.map((lines, index) => (
          <Fragment key={lines[0]?.new ?? lines[0]?.old ?? index}>
            {index > 0 ? <div className="my-1 border-t border-dashed" /> : null}
            {lines.map((line) => (
              <Line key={`${line.old}/${line.new}`} line={line} />
            ))}
          </Fragment>
        ))}
      </div>
      {cut ? (
        <p className="px-3 pt-1 font-sans text-faint">The rest is left out: there is too much of it.</p>
      ) : null}
    </section>
  );
}

function Line({ line: { side, old, new: now, text } }: { line: DiffLine }) {
  const { sign, said, className } = sides[side];
  return (
    <div className={`flex ${className}`}>
      <span aria-hidden className="w-10 shrink-0 pr-2 text-right text-faint select-none">
        {now ?? old}
      </span>
      <span className="w-4 shrink-0">
        <span aria-hidden>{sign}</span>
        {said ? <span className="sr-only">{said}: </span> : null}
      </span>
      <span className="pr-3 whitespace-pre">{text}</span>
    </div>
  );
}

/** How much differs: '+3 −1'. */
export function diffCount({ added, removed }: Diff): string {
  return `+${added} −${removed}`;
}
