/** Text that is marked, and fields of text: what their menu does. */
import { clean } from '@/clipboard';

/** What is under the pointer, as far as it is text. */
export type TextTarget = {
  field: HTMLInputElement | HTMLTextAreaElement | null;
  /** What is marked there. */
  marked: string;
};

const FIELDS = 'textarea, input:not([type=checkbox], [type=radio])';

/** The text under the pointer: a field, or what is marked elsewhere. */
export function textAt(element: Element): TextTarget {
  const field = element.closest<HTMLInputElement>(FIELDS);
  return { field, marked: field ? markedIn(field) : markedText() };
}

const markedIn = ({ value, selectionStart, selectionEnd }: HTMLInputElement) =>
  value.slice(selectionStart ?? 0, selectionEnd ?? 0);

type Reader = () => string | null;
const readers = new Set<Reader>();

/** Has the text of a marked part that is not in the document as it would be copied. As the effect of a component. */
export function readMarked(reader: Reader): () => void {
  readers.add(reader);
  return () => readers.delete(reader);
}

/** What is marked on the page, as it is copied. */
function markedText(): string {
  for (const reader of readers) {
    const text = reader();
    if (text !== null) return text;
  }
  return window.getSelection()?.toString() ?? '';
}

/** Cleans what the page itself copies and cuts, for as long as the returned function is not called. */
export function cleanCopies(): () => void {
  const onCopy = (event: ClipboardEvent) => {
    if (event.defaultPrevented || !(event.target instanceof Element)) return;
    const target = textAt(event.target);
    const text = clean(target.marked);
    // What needs no cleaning is copied with its form.
    if (text === target.marked) return;
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
    if (event.type === 'cut') replaceMarked(target, '');
  };
  for (const type of ['copy', 'cut'] as const) document.addEventListener(type, onCopy);
  return () => {
    for (const type of ['copy', 'cut'] as const) document.removeEventListener(type, onCopy);
  };
}

/** Puts a text in the place of what is marked in a field, as if it had been typed. */
export function replaceMarked({ field }: TextTarget, text: string): void {
  if (!field) return;
  field.focus();
  field.setRangeText(text, field.selectionStart ?? 0, field.selectionEnd ?? 0, 'end');
  field.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertText', data: text }));
}

/** Marks all of a field. */
export function markAll({ field }: TextTarget): void {
  field?.focus();
  field?.select();
}
