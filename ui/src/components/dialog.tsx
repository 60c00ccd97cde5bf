import { AlertDialog } from '@base-ui/react/alert-dialog';
import type { ReactNode, RefObject } from 'react';

/**
 * A question that has to be answered. `initialFocus` is the safe answer.
 * Its parts: title, a body that scrolls, a foot with the answers.
 */
export function QuestionDialog({
  title,
  initialFocus,
  onClose,
  children,
  foot,
}: {
  title: string;
  initialFocus?: RefObject<HTMLElement | null>;
  onClose: () => void;
  children: ReactNode;
  foot: ReactNode;
}) {
  return (
    <AlertDialog.Root open onOpenChange={(open) => open || onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="fixed inset-0 z-20 bg-shade" />
        <AlertDialog.Viewport className="fixed inset-0 z-20 grid place-items-center p-6">
          <AlertDialog.Popup
            initialFocus={initialFocus}
            className="flex max-h-full w-full max-w-[34rem] flex-col overflow-hidden rounded-xl border bg-raised shadow-pop"
          >
            <AlertDialog.Title className="px-5 pt-4 pb-3 text-lg font-semibold text-balance break-words">
              {title}
            </AlertDialog.Title>
            <div className="flex min-h-0 flex-col gap-4 overflow-y-auto px-5 pt-0.5 pb-5">{children}</div>
            <div className="flex flex-wrap items-center gap-2 border-t bg-canvas px-5 py-3">{foot}</div>
          </AlertDialog.Popup>
        </AlertDialog.Viewport>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
