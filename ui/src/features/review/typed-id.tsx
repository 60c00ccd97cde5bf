import { Field } from '@base-ui/react/field';
import { useEffect, useRef } from 'react';
import { CopyButton } from '@/components/controls/copy-button';
import { fieldClass, plainText } from '@/components/controls/text-field';

/** Whether what was typed confirms: an id is the same in capital and in small letters. */
export const confirms = (typed: string, id: string) => typed.trim().toLowerCase() === id.toLowerCase();

/** A deployment's id, to be typed before something is lost. It has the focus as soon as it is there, unless the user is elsewhere by then. */
export function TypedId({
  id,
  value,
  onChange,
}: {
  id: string;
  value: string;
  onChange: (value: string) => void;
}) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const at = document.activeElement;
    // A screen gives the focus to its heading, where nobody types.
    if (at === null || at === document.body || at.matches('h1, h2')) {
      field.current?.focus({ preventScroll: true });
    }
  }, []);
  return (
    <Field.Root className="flex w-60 min-w-0 flex-col gap-1">
      <span className="flex items-center gap-1">
        <Field.Label className="min-w-0 font-medium select-text">
          Type <code className="rounded bg-sunken px-1 font-mono text-sm break-all">{id}</code> to confirm
        </Field.Label>
        <span className="-my-1">
          <CopyButton text={id} label={`Copy ${id}`} />
        </span>
      </span>
      <Field.Control
        ref={field}
        value={value}
        onValueChange={onChange}
        {...plainText}
        className={`${fieldClass} font-mono text-sm`}
      />
    </Field.Root>
  );
}
