import { Dialog as Primitive } from '@base-ui/react/dialog';
import { createContext, type ReactNode, type RefObject, useContext } from 'react';

/** How every dialog looks: what dims the window, where the dialog stands, and its sheet. */
export const shadeClass = 'fixed inset-0 z-20 bg-shade';
export const middleClass = 'fixed inset-0 z-20 grid place-items-center p-6';
export const sheetClass =
  'flex max-h-full w-full flex-col overflow-hidden rounded-xl border bg-raised shadow-pop';

/** The dialog that stands above the one in here. */
export const Above = createContext<ReactNode>(null);

/** A task above the screen. Its parts: title, a body that scrolls, a foot with the answers. */
export function Dialog({
  title,
  onClose,
  children,
  foot,
  initialFocus,
}: {
  title: string;
  onClose: () => void;
  children: ReactNode;
  foot: ReactNode;
  /** What has the focus first, where that is not the first thing that can. */
  initialFocus?: RefObject<HTMLElement | null>;
}) {
  const above = useContext(Above);
  return (
    <Primitive.Root open onOpenChange={(open) => open || onClose()}>
      <Primitive.Portal>
        <Primitive.Backdrop className={shadeClass} />
        <Primitive.Viewport className={middleClass}>
          <Primitive.Popup initialFocus={initialFocus} className={`${sheetClass} max-w-[42rem]`}>
            <Primitive.Title className="px-5 pt-4 pb-3 text-lg font-semibold text-balance break-words">
              {title}
            </Primitive.Title>
            <div className="flex min-h-0 flex-col gap-4 overflow-y-auto px-5 pt-0.5 pb-5">{children}</div>
            <div className="flex flex-wrap items-center gap-2 border-t bg-canvas px-5 py-3">{foot}</div>
          </Primitive.Popup>
        </Primitive.Viewport>
      </Primitive.Portal>
      <Above value={null}>{above}</Above>
    </Primitive.Root>
  );
}
