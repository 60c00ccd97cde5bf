/**
 * What is typed while a field that was asked for is not there yet. Its code may have to be loaded, and a dialog gives the
 * focus a moment after it opens: until then every key would go elsewhere.
 */

/** What was typed, and whether Enter came after it. */
export type TypedAhead = { text: string; enter: boolean };

const nothing: TypedAhead = { text: '', enter: false };
let typed = nothing;
let stop = () => {};

/** What a key adds to what was typed; `null`: it means something else. */
function after({ text, enter }: TypedAhead, { key, ctrlKey, metaKey, altKey, isComposing }: KeyboardEvent) {
  if (ctrlKey || metaKey || altKey || isComposing) return null;
  // What comes after Enter is meant for what that leads to.
  if (enter) return null;
  if (key === 'Enter') return { text, enter: true };
  if (key === 'Backspace') return { text: [...text].slice(0, -1).join(''), enter };
  return [...key].length === 1 ? { text: text + key, enter } : null;
}

/** Keeps what is typed from here on, until it is taken. Escape gives it up. */
export function typeAhead(giveUp: () => void): void {
  stop();
  const onKey = (event: KeyboardEvent) => {
    const next = event.key === 'Escape' ? nothing : after(typed, event);
    if (!next) return;
    typed = next;
    if (event.key === 'Escape') giveUp();
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  window.addEventListener('keydown', onKey, true);
  stop = () => window.removeEventListener('keydown', onKey, true);
}

/** Gives what was typed to the field that has the focus by now, or to nobody. */
export function takeTyped(): TypedAhead {
  const taken = typed;
  typed = nothing;
  stop();
  return taken;
}
