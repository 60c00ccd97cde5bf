import { useState } from 'react';

/** As much of a long value as is shown before it is asked for. */
const SHORT = 200;

/**
 * A value of a template: whole where it is short, laid out where it is JSON. `absent` is said where there is none.
 * `other` is what it is compared with: what is shown of a long value then begins where the two part.
 */
export function Value({
  text,
  absent,
  other = null,
}: {
  text: string | null;
  absent: string;
  other?: string | null;
}) {
  const [whole, setWhole] = useState(false);
  if (text === null) return <span className="text-sm text-faint">{absent}</span>;
  if (text === '') return <span className="text-sm text-faint">empty</span>;
  const laidOut = layOut(text);
  const long = laidOut.length > SHORT;
  const start = other === null ? 0 : parting(laidOut, layOut(other));
  return (
    <span className="block min-w-0 font-mono text-sm">
      <span className="break-words whitespace-pre-wrap [overflow-wrap:anywhere]">
        {long && !whole ? excerpt(laidOut, start) : laidOut}
      </span>
      {long ? (
        <button
          type="button"
          aria-expanded={whole}
          onClick={() => setWhole(!whole)}
          className="mt-0.5 block rounded text-left font-sans text-accent hover:underline"
        >
          {whole ? 'Show less' : `Show all ${laidOut.length.toLocaleString()} characters`}
        </button>
      ) : null}
    </span>
  );
}

/** An object or a list in JSON, one part a line; any other text as it stands. */
function layOut(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Where two texts part, or the start of that line; the start of all where it is near enough to be seen from there. */
function parting(text: string, other: string): number {
  let at = 0;
  while (at < text.length && text[at] === other[at]) at++;
  return at < SHORT / 2 ? 0 : Math.max(text.lastIndexOf('\n', at) + 1, at - SHORT / 2);
}

function excerpt(text: string, start: number): string {
  const end = start + SHORT;
  const head = start === 0 ? '' : text[start - 1] === '\n' ? '…\n' : '…';
  return `${head}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
}
