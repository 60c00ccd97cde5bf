import { Search } from 'lucide-react';
import { isFilterField } from './filtering';

/** The field by which a screen filters what it shows; `/` leads to it. */
export function FilterField({
  label,
  placeholder,
  value,
  onChange,
  onLeave,
}: {
  label: string;
  placeholder: string;
  value: string;
  onChange: (text: string) => void;
  /** The text is typed to its end. */
  onLeave: () => void;
}) {
  return (
    <div className="relative">
      <Search aria-hidden size={14} className="absolute top-2.25 left-2.5 text-faint" />
      <input
        ref={isFilterField}
        type="search"
        aria-label={label}
        aria-keyshortcuts="/"
        placeholder={placeholder}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onBlur={onLeave}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          if (value) onChange('');
          else event.currentTarget.blur();
        }}
        className="h-8 w-full rounded-md border border-field bg-raised pr-8 pl-8 shadow-raised focus-visible:outline-offset-0 [&::-webkit-search-cancel-button]:hidden"
      />
      {value ? null : (
        <kbd
          aria-hidden
          className="absolute top-1.5 right-1.5 rounded border bg-canvas px-1.5 font-mono text-sm text-faint"
        >
          /
        </kbd>
      )}
    </div>
  );
}
