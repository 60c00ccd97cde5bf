/**
 * One press does one thing: the second click of a double click, and a key that is held down, never reach what has come
 * into the place of what was pressed. They are meant for that, whatever it was.
 */

const PRESSABLE = 'button, a[href], [role=menuitem], [role=option], [role=radio], [role=tab]';
const PRESSES = new Set(['Enter', ' ']);

/** What was pressed: the element, and its name at that time, since the same element may have got another meaning. */
type Pressed = { element: Element; name: string } | null;

function pressedBy({ target }: Event): Pressed {
  const element = target instanceof Element ? target.closest(PRESSABLE) : null;
  return element && { element, name: element.getAttribute('aria-label') ?? element.textContent ?? '' };
}

const isSame = (one: Pressed, other: Pressed) => one?.element === other?.element && one?.name === other?.name;

function swallow(event: Event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** Watches over a document until the returned function is called. */
export function pressOnce(page: Document): () => void {
  let clicked: Pressed = null;
  const onClick = (event: MouseEvent) => {
    const pressed = pressedBy(event);
    // A click by the keyboard or by a program has no count.
    if (event.detail <= 1) clicked = pressed;
    else if (pressed && !isSame(pressed, clicked)) swallow(event);
  };
  const onKey = (event: KeyboardEvent) => {
    if (!event.repeat || !PRESSES.has(event.key)) return;
    const isText = event.target instanceof Element && event.target.matches('input, textarea');
    // A space that is held down in a text is spaces; Enter would send its form.
    if (!isText || event.key === 'Enter') swallow(event);
  };
  page.addEventListener('click', onClick, true);
  page.addEventListener('keydown', onKey, true);
  return () => {
    page.removeEventListener('click', onClick, true);
    page.removeEventListener('keydown', onKey, true);
  };
}
