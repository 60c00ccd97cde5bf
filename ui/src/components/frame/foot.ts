/** The room at the window's bottom that belongs to a screen's foot: toasts stand above it, never on its buttons. */
const ROOM = '--foot';

/** As the `ref` of a foot with buttons. */
export function keepsClear(foot: HTMLElement): () => void {
  const { style } = document.documentElement;
  const observer = new ResizeObserver(() => style.setProperty(ROOM, `${foot.offsetHeight}px`));
  observer.observe(foot);
  return () => {
    observer.disconnect();
    style.removeProperty(ROOM);
  };
}
