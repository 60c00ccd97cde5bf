import { AlertDialog } from '@base-ui/react/alert-dialog';
import type { LucideIcon } from 'lucide-react';
import { type ReactNode, useRef } from 'react';
import { Button } from '@/components/controls/button';
import { middleClass, shadeClass, sheetClass } from './dialog';

/** Asks before something that cannot be taken back. The focus is on the way out, so that no key that is still held down confirms. */
export function Confirm({
  title,
  stay,
  confirm,
  icon,
  onStay,
  onConfirm,
  children,
}: {
  title: string;
  /** The answer that leaves everything as it is. */
  stay: string;
  confirm: string;
  icon: LucideIcon;
  onStay: () => void;
  onConfirm: () => void;
  children: ReactNode;
}) {
  const out = useRef<HTMLButtonElement>(null);
  return (
    <AlertDialog.Root open onOpenChange={(open) => open || onStay()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={shadeClass} />
        <AlertDialog.Viewport className={middleClass}>
          <AlertDialog.Popup initialFocus={out} className={`${sheetClass} max-w-[30rem]`}>
            <AlertDialog.Title className="px-5 pt-4 pb-2 text-lg font-semibold text-balance break-words">
              {title}
            </AlertDialog.Title>
            <AlertDialog.Description
              render={<div />}
              className="flex min-h-0 flex-col gap-2 overflow-y-auto px-5 pb-5 text-soft"
            >
              {children}
            </AlertDialog.Description>
            <div className="flex flex-wrap items-center justify-end gap-2 border-t bg-canvas px-5 py-3">
              <Button ref={out} onClick={onStay}>
                {stay}
              </Button>
              <Button look="danger" icon={icon} onClick={onConfirm}>
                {confirm}
              </Button>
            </div>
          </AlertDialog.Popup>
        </AlertDialog.Viewport>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
