/**
 * What a part of the screen is about. It says so in an attribute of its element, so that the context menu knows what can be
 * done with what is under the pointer, whichever screen it is on.
 */
export type About =
  /** A deployment in the list. */
  | { about: 'deployment'; deployment: string }
  | { about: 'environment'; deployment: string; environment: string }
  | { about: 'stack'; deployment: string; stack: string; environment: string }
  /** A stack in each of its environments. */
  | { about: 'stacks'; deployment: string; stack: string }
  | { about: 'operation'; deployment: string; operation: string }
  /** A line of a log, and the stack that it tells of. */
  | { about: 'line'; deployment: string; line: string; stack: string; environment: string };

/** As the attributes of the element. */
export const about = (what: About) => ({ 'data-about': JSON.stringify(what) });

/** What the innermost part around an element is about. */
export function aboutAt(element: Element): About | null {
  const said = element.closest<HTMLElement>('[data-about]')?.dataset.about;
  return said === undefined ? null : (JSON.parse(said) as About);
}
