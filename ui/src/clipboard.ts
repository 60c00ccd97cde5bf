/** The one way into the clipboard: what is pasted into a terminal is obeyed there, so that it is cleaned first. */
import { unseen } from '@/api/backend';

const code = (character: number) => `\\u{${character.toString(16)}}`;
const ranges = unseen.map(([first, last]) => `${code(first)}-${code(last)}`);
const hidden = new RegExp(`[${ranges.join('')}]`, 'gu');
/** Whole colour and cursor orders, which only a terminal shows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
const orders = /(?:\u001b\[|\u009b)[ -?]*[@-~]/g;

/** A text without what is obeyed and not seen, as `clean::lines` of the model has it, with the same table. */
export function clean(text: string): string {
  const kept = (character: string) => (character === '\n' || character === '\t' ? character : '\ufffd');
  return text.replaceAll('\r\n', '\n').replace(orders, '').replace(hidden, kept);
}

/** Copies a text. */
export const copyText = (text: string) => navigator.clipboard.writeText(clean(text));
