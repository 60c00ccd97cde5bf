import {
  type ClipboardEvent,
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useState,
} from 'react';
import { isMac } from '@/actions/keys';
import { readMarked } from '@/actions/text';
import { clean } from '@/clipboard';

/** The lines at which what is marked begins and ends, in the order in which they were marked. */
type Ends = { from: number; to: number };

/**
 * Marking and copying lines of a list of which only those in sight are in the document. Each line says its number in
 * `data-line`. Lines that are marked are copied whole, one line each, also those that are not in the document.
 */
export function useMarkedLines(
  list: RefObject<HTMLElement | null>,
  count: number,
  textOf: (from: number, to: number) => string,
) {
  const [ends, setEnds] = useState<Ends | null>(null);

  const look = useEffectEvent(() => {
    const next = endsIn(list.current, count);
    setEnds((before) => (before?.from === next?.from && before?.to === next?.to ? before : next));
  });
  /** The lines that are marked; of a part of one line the page itself knows more. */
  const read = useEffectEvent(() => {
    const marked = endsIn(list.current, count);
    if (!marked || marked.from === marked.to) return null;
    return textOf(Math.min(marked.from, marked.to), Math.max(marked.from, marked.to));
  });
  useEffect(() => {
    const onChange = () => look();
    document.addEventListener('selectionchange', onChange);
    const stop = readMarked(() => read());
    return () => {
      document.removeEventListener('selectionchange', onChange);
      stop();
    };
  }, []);

  const markAll = () => {
    if (list.current) window.getSelection()?.selectAllChildren(list.current);
  };
  // Its ends may only now be in the document: what comes between them is then marked, too.
  // biome-ignore lint/correctness/useExhaustiveDependencies: where other lines are at the ends
  useLayoutEffect(() => {
    if (window.getSelection()?.anchorNode === list.current && list.current) markAll();
  }, [ends]);

  return {
    /** Lines that stay in the document, so that what is marked does not change when they go out of sight. */
    kept: ends ? [ends.from, ends.to] : [],
    onCopy: (event: ClipboardEvent) => {
      const text = read();
      if (text === null) return;
      event.clipboardData.setData('text/plain', clean(text));
      event.preventDefault();
    },
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== 'a' || !(isMac ? event.metaKey : event.ctrlKey)) return;
      event.preventDefault();
      markAll();
    },
  };
}

/** Where what is marked begins and ends in a list of so many lines; `null`: not in it. */
function endsIn(list: HTMLElement | null, count: number): Ends | null {
  const { anchorNode, focusNode, isCollapsed = true } = window.getSelection() ?? {};
  if (!list || isCollapsed || count === 0) return null;
  // All of it is marked as the list's own content.
  if (anchorNode === list) return { from: 0, to: count - 1 };
  const [from, to] = [lineOf(list, anchorNode), lineOf(list, focusNode)];
  return from === null || to === null ? null : { from, to };
}

function lineOf(list: HTMLElement, node: Node | null | undefined): number | null {
  const element = node instanceof Element ? node : node?.parentElement;
  const line = list.contains(element ?? null) ? element?.closest<HTMLElement>('[data-line]') : null;
  return line ? Number(line.dataset.line) : null;
}
