import { Checkbox } from '@base-ui/react/checkbox';
import { Check } from 'lucide-react';
import { type ReactNode, useId } from 'react';

/** A choice that is on or off, with what there is to know about it. */
export function CheckField({
  label,
  checked,
  onChange,
  children,
}: {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  children?: ReactNode;
}) {
  const about = useId();
  return (
    <div className="min-w-0">
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the box is the primitive inside */}
      <label className="flex items-start gap-2 font-medium">
        <Checkbox.Root
          aria-describedby={children ? about : undefined}
          checked={checked}
          onCheckedChange={onChange}
          className="mt-0.5 flex size-4 shrink-0 items-center justify-center rounded border border-field bg-raised data-checked:border-transparent data-checked:bg-action"
        >
          <Checkbox.Indicator className="text-on-action">
            <Check aria-hidden size={12} />
          </Checkbox.Indicator>
        </Checkbox.Root>
        <span className="min-w-0 break-all">{label}</span>
      </label>
      {children ? (
        <div id={about} className="pl-6 text-sm text-faint">
          {children}
        </div>
      ) : null}
    </div>
  );
}
