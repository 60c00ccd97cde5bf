import { useEffect, useEffectEvent, useState } from 'react';

const PAUSE_MS = 250;

/**
 * The text filter: what is typed counts at once, and stands in the address once typing pauses. Web views refuse to
 * change the address at every key.
 */
export function useFilterText(inAddress: string, save: (text: string) => void) {
  const [text, setText] = useState(inAddress);
  const [seen, setSeen] = useState(inAddress);
  const [saved, setSaved] = useState<string | null>(null);
  if (inAddress !== seen) {
    setSeen(inAddress);
    // What was saved from here has arrived, and more may have been typed since. Any other came by 'back' or a link.
    if (inAddress === saved) setSaved(null);
    else setText(inAddress);
  }
  const saveNow = useEffectEvent(save);
  useEffect(() => {
    if (text === inAddress) return;
    const timer = setTimeout(() => {
      setSaved(text);
      saveNow(text);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, inAddress]);
  /** For who leaves: what was typed last is found again on coming back. */
  const settle = () => {
    if (text !== inAddress) save(text);
  };
  return [text, setText, settle] as const;
}
