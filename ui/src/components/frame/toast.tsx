import { Toast } from '@base-ui/react/toast';
import { X } from 'lucide-react';
import { buttonClass, IconButton } from '@/components/controls/button';
import { type Look, toneText } from '@/status/statuses';

/** What a toast carries beside its words. */
export type ToastData = {
  look: Look;
  action?: { label: string; run: () => void };
};

/** Where toasts are put; {@link Toaster} shows them. */
export const toasts = Toast.createToastManager<ToastData>();

/**
 * Says things in a corner, above a screen's foot, without taking the focus: they are announced politely, stay while the pointer or the focus
 * is on them, and F6 goes to them.
 */
export function Toaster() {
  return (
    <Toast.Provider toastManager={toasts} timeout={6000}>
      <Toast.Portal>
        <Toast.Viewport
          aria-label="Messages"
          className="fixed right-4 bottom-[calc(var(--foot,0px)+1rem)] z-30 flex w-[min(24rem,calc(100vw-2rem))] flex-col-reverse gap-2 rounded-lg"
        >
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

/** The region around toasts is announced; a toast in it is no dialog. */
const asGroup = { role: 'group', 'aria-modal': undefined };

function List() {
  const { toasts: shown, close } = Toast.useToastManager<ToastData>();
  return shown.map((toast) => {
    const { look, action } = toast.data ?? {};
    const Icon = look?.icon;
    return (
      <Toast.Root
        key={toast.id}
        toast={toast}
        swipeDirection={[]}
        {...asGroup}
        data-testid="toast"
        className="rounded-lg border bg-raised p-3 shadow-pop transition-opacity duration-200 data-ending-style:opacity-0 data-starting-style:opacity-0"
      >
        <Toast.Content className="flex items-start gap-2.5">
          {look && Icon ? (
            <Icon aria-hidden size={16} className={`mt-0.5 shrink-0 ${toneText[look.tone]}`} />
          ) : null}
          <div className="min-w-0 flex-1">
            <Toast.Title className="font-medium break-words" />
            <Toast.Description className="line-clamp-3 break-words text-soft" />
            {action ? (
              <button
                type="button"
                className={`mt-2 ${buttonClass('secondary', 'small')}`}
                onClick={() => {
                  close(toast.id);
                  action.run();
                }}
              >
                {action.label}
              </button>
            ) : null}
          </div>
          <IconButton label="Dismiss" icon={X} onClick={() => close(toast.id)} />
        </Toast.Content>
      </Toast.Root>
    );
  });
}
