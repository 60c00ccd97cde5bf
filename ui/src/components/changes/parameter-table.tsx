import type { ParameterReview, ParameterSource, ParameterState } from '@/api/backend';
import { Value } from '@/components/value';
import { type Tone, toneText } from '@/status/statuses';

/** The parameters of a stack: value, where it comes from, and how sure it is. */
export function ParameterTable({ parameters }: { parameters: ParameterReview[] }) {
  return (
    <table
      aria-label="Parameters"
      className="w-full table-fixed border-separate border-spacing-0 rounded-lg border"
    >
      <thead>
        <tr className="text-left text-sm text-faint [&>th]:px-3 [&>th]:py-1.5 [&>th]:font-medium">
          <th scope="col" className="w-[24%]">
            Parameter
          </th>
          <th scope="col">Value</th>
          <th scope="col" className="w-[22%]">
            From
          </th>
          <th scope="col" className="w-[22%]">
            State
          </th>
        </tr>
      </thead>
      <tbody className="align-top [&_td]:border-t [&_td]:px-3 [&_td]:py-1.5 [&_th]:border-t [&_th]:px-3 [&_th]:py-1.5">
        {parameters.map(({ name, value, before, source, state }) => {
          const { words, tone } = stateWords(state);
          return (
            <tr key={name}>
              <th scope="row" className="text-left font-mono text-sm font-normal break-all">
                {name}
              </th>
              <td>
                {state.is === 'changes' && before !== null ? (
                  <>
                    <Value text={before} absent="" />
                    <span className="text-faint">becomes</span>
                  </>
                ) : null}
                <Value text={value} absent={'after' in state ? words : '–'} />
              </td>
              <td className="font-mono text-sm break-all text-soft">{sourceWords(source)}</td>
              <td className={`text-sm ${toneText[tone]}`}>{words}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function sourceWords(source: ParameterSource): string {
  return 'references' in source ? source.references.join(', ') : source.from;
}

function stateWords(state: ParameterState): { words: string; tone: Tone } {
  switch (state.is) {
    case 'known':
      return { words: 'known', tone: 'idle' };
    case 'changes':
      return { words: 'changes', tone: 'busy' };
    case 'may_change':
      return { words: `may change with ${state.after.join(', ')}`, tone: 'warn' };
    case 'known_after':
      return { words: `known after ${state.after.join(', ')}`, tone: 'warn' };
  }
}
