import { Select as Primitive } from '@base-ui/react/select';
import { Check, ChevronDown } from 'lucide-react';

export type Choice = { value: string; label: string };

/** One of a few choices. */
export function Select({
  label,
  value,
  choices,
  onChange,
}: {
  label: string;
  value: string;
  choices: Choice[];
  onChange: (value: string) => void;
}) {
  return (
    <Primitive.Root items={choices} value={value} onValueChange={(next) => onChange(next ?? '')}>
      <Primitive.Trigger
        aria-label={label}
        className="flex h-8 min-w-36 items-center justify-between gap-2 rounded-md border border-field bg-raised px-2.5 whitespace-nowrap select-none hover:bg-hover"
      >
        <Primitive.Value />
        <ChevronDown aria-hidden size={14} className="text-faint" />
      </Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-20 outline-none">
          <Primitive.Popup className="min-w-[var(--anchor-width)] rounded-lg border bg-raised p-1 shadow-pop outline-none">
            <Primitive.List
              aria-label={label}
              className="max-h-[var(--available-height)] overflow-y-auto outline-none"
            >
              {choices.map((choice) => (
                <Primitive.Item
                  key={choice.value}
                  value={choice.value}
                  className="flex cursor-default items-center gap-2 rounded-md py-1.5 pr-3 pl-2 outline-none select-none data-highlighted:bg-hover"
                >
                  <span className="w-4">
                    <Primitive.ItemIndicator>
                      <Check aria-hidden size={14} />
                    </Primitive.ItemIndicator>
                  </span>
                  <Primitive.ItemText>{choice.label}</Primitive.ItemText>
                </Primitive.Item>
              ))}
            </Primitive.List>
          </Primitive.Popup>
        </Primitive.Positioner>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
