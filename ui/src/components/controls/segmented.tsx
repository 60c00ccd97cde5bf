import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import type { Choice } from './select';

/** A switch between two or three choices, all in sight. */
export function Segmented<Value extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  label: string;
  value: Value;
  choices: (Choice & { value: Value })[];
  onChange: (value: Value) => void;
}) {
  return (
    <RadioGroup
      aria-label={label}
      value={value}
      onValueChange={(next) => onChange(next as Value)}
      className="inline-flex h-8 rounded-md border border-edge bg-sunken p-0.5"
    >
      {choices.map((choice) => (
        <Radio.Root
          key={choice.value}
          value={choice.value}
          aria-label={choice.label}
          className="flex cursor-default items-center rounded-[5px] px-3 font-medium text-soft select-none data-checked:bg-raised data-checked:text-ink data-checked:shadow-raised"
        >
          {choice.label}
        </Radio.Root>
      ))}
    </RadioGroup>
  );
}
