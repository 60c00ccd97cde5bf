import { Button as Primitive } from '@base-ui/react/button';
import type { LucideIcon } from 'lucide-react';
import type { ComponentProps } from 'react';
import { Hint } from './hint';

const looks = {
  primary:
    'bg-action text-on-action hover:not-data-disabled:bg-action-hover border-transparent shadow-raised',
  secondary: 'bg-raised text-ink border-edge hover:not-data-disabled:bg-hover shadow-raised',
  danger: 'bg-danger text-on-action hover:not-data-disabled:bg-danger-hover border-transparent shadow-raised',
  quiet: 'text-soft border-transparent hover:not-data-disabled:bg-hover hover:not-data-disabled:text-ink',
};

const sizes = {
  normal: 'h-8 px-3 text-base',
  small: 'h-7 px-2 text-sm',
  icon: 'size-7 justify-center',
};

/** The shape that buttons and things that look like one share. */
export function buttonClass(look: keyof typeof looks, size: keyof typeof sizes): string {
  return `inline-flex shrink-0 items-center gap-1.5 rounded-md border font-medium whitespace-nowrap select-none transition-colors data-disabled:cursor-not-allowed data-disabled:opacity-55 ${looks[look]} ${sizes[size]}`;
}

type Props = Omit<ComponentProps<typeof Primitive>, 'className'> & {
  look?: keyof typeof looks;
  size?: keyof typeof sizes;
  icon?: LucideIcon;
};

/** A button with words. */
export function Button({ look = 'secondary', size = 'normal', icon: Icon, children, ...rest }: Props) {
  return (
    <Primitive {...rest} className={buttonClass(look, size)}>
      {Icon ? <Icon aria-hidden size={14} className="shrink-0" /> : null}
      {children}
    </Primitive>
  );
}

/** A button that shows only an icon; its name is said and shown on hover. */
export function IconButton({
  label,
  hint = label,
  icon: Icon,
  ...rest
}: Omit<Props, 'children' | 'size' | 'look' | 'icon'> & { label: string; hint?: string; icon: LucideIcon }) {
  return (
    <Hint text={hint}>
      <Primitive {...rest} aria-label={label} className={buttonClass('quiet', 'icon')}>
        <Icon aria-hidden size={15} />
      </Primitive>
    </Hint>
  );
}

/**
 * A button for something that may be refused: it then stays reachable, and says why.
 * `label` is its whole name where the visible word alone would not tell what it acts on.
 */
export function ActionButton({
  label,
  hint = label,
  refused,
  icon,
  children,
  onPress,
  tabIndex,
  ...look
}: {
  label: string;
  hint?: string;
  refused: string | null;
  icon: LucideIcon;
  children?: string;
  onPress: () => void;
  /** -1 where something else leads to it by keyboard. */
  tabIndex?: number;
  look?: keyof typeof looks;
  size?: keyof typeof sizes;
}) {
  const Icon = icon;
  const iconOnly = children === undefined;
  const button = (
    <Primitive
      aria-label={label}
      aria-description={refused ?? undefined}
      tabIndex={tabIndex}
      disabled={refused !== null}
      focusableWhenDisabled
      onClick={(event) => {
        event.stopPropagation();
        onPress();
      }}
      className={buttonClass(
        look.look ?? (iconOnly ? 'quiet' : 'secondary'),
        look.size ?? (iconOnly ? 'icon' : 'small'),
      )}
    >
      <Icon aria-hidden size={14} className="shrink-0" />
      {children}
    </Primitive>
  );
  return iconOnly || refused ? <Hint text={refused ?? hint}>{button}</Hint> : button;
}
