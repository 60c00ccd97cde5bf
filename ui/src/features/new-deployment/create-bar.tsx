import { CloudUpload } from 'lucide-react';
import { Button, buttonClass } from '@/components/controls/button';
import { keepsClear } from '@/components/frame/foot';
import { ErrorNotice } from '@/components/notice';
import { href, wholeList } from '@/router';

/** The foot of the screen: what keeps the deployment from being created, and the ways to create it. */
export function CreateBar({
  form,
  error,
  wrong,
  busy,
  onDeploy,
}: {
  /** The form that the second way sends. */
  form: string;
  error: Error | null;
  /** How many fields are not right. */
  wrong: number;
  busy: boolean;
  onDeploy: () => void;
}) {
  return (
    <footer ref={keepsClear} className="flex items-center justify-end gap-2 border-t bg-surface px-5 py-2.5">
      <div className="min-w-0 flex-1">
        {error ? <ErrorNotice error={error} /> : null}
        {wrong > 0 ? (
          <p role="status" className="truncate text-bad">
            {wrong === 1 ? 'One field needs' : `${wrong} fields need`} your attention.
          </p>
        ) : null}
      </div>
      <a href={href(wholeList)} className={buttonClass('secondary', 'normal')}>
        Cancel
      </a>
      <Button icon={CloudUpload} disabled={busy} focusableWhenDisabled onClick={onDeploy}>
        Create and review its deploy
      </Button>
      <Button type="submit" form={form} look="primary" disabled={busy} focusableWhenDisabled>
        Create deployment
      </Button>
    </footer>
  );
}
