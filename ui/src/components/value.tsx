import { useState } from 'react';

/** As much of a long value as is shown before it is asked for. */
const SHORT = 200;

/** A value of a template: whole where it is short, laid out where it is JSON. `absent` is said where there is none. */
export function Value({ text, absent }: { text: string | null; absent: string }) {
  const [whole, setWhole] = useState(false);
  if (text === null) return <span className="text-sm text-faint">{absent}</span>;
  if (text === '') return <span className="text-sm text-faint">empty</span>;
  const laidOut = layOut(text);
  const long = laidOut.length > SHORT;
  return (
    <span className="block min-w-0 font-mono text-sm">
      <span className="break-words whitespace-pre-wrap [overflow-wrap:anywhere]">
        {long && !whole ? `${laidOut.slice(0, SHORT)}…` : laidOut}
      </span>
      {long ? (
        <button
          type="button"
          aria-expanded={whole}
          onClick={() => setWhole(!whole)}
          className="mt-0.5 block rounded font-sans text-accent hover:underline"
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
