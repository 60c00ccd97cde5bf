import { Field } from '@base-ui/react/field';
import type { RefObject } from 'react';

/** What a line of text looks like, and that nothing corrects it: names and ids are no prose. */
export const fieldClass =
  'h-8 w-full min-w-0 rounded-md border border-field bg-raised px-2.5 shadow-raised focus-visible:border-accent focus-visible:outline-offset-0 data-invalid:border-bad';
export const plainText = {
  autoComplete: 'off',
  autoCorrect: 'off',
  autoCapitalize: 'off',
  spellCheck: false,
} as const;

/** A line of text with its name, what is wrong with it, or a hint. `hideLabel`: the name is only said. */
export function TextField({
  label,
  hideLabel,
  value,
  onChange,
  onLeave,
  problem,
  hint,
  placeholder,
  mono,
  inputRef,
}: {
  label: string;
  hideLabel?: boolean;
  value: string;
  onChange: (value: string) => void;
  onLeave?: () => void;
  problem?: string | null;
  hint?: string;
  placeholder?: string;
  mono?: boolean;
  inputRef?: RefObject<HTMLInputElement | null>;
}) {
  return (
    <Field.Root invalid={Boolean(problem)} className="flex min-w-0 flex-col gap-1">
      <Field.Label className={hideLabel ? 'sr-only' : 'font-medium'}>{label}</Field.Label>
      <Field.Control
        ref={inputRef}
        value={value}
        onValueChange={onChange}
        onBlur={onLeave}
        placeholder={placeholder}
        {...plainText}
        className={`${fieldClass} ${mono ? 'font-mono text-sm' : ''}`}
      />
      {problem ? (
        <Field.Error match className="text-sm text-bad">
          {problem}
        </Field.Error>
      ) : hint ? (
        <Field.Description className="text-sm text-faint">{hint}</Field.Description>
      ) : null}
    </Field.Root>
  );
}
