import { Check, Copy, type LucideIcon, TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import { copyText } from '@/clipboard';
import { Button, IconButton } from './button';

const states = {
  ready: { icon: null, said: '' },
  copied: { icon: Check, said: 'Copied' },
  failed: { icon: TriangleAlert, said: 'Could not copy' },
};

/** Copies `text`, which is only made when it is wanted where it is a function. With `children` it has words, else only an icon. */
export function CopyButton({
  text,
  label,
  icon: ready = Copy,
  children,
}: {
  text: string | (() => string);
  label: string;
  icon?: LucideIcon;
  children?: string;
}) {
  const [state, setState] = useState<keyof typeof states>('ready');
  const { icon: done, said } = states[state];
  const icon = done ?? ready;

  useEffect(() => {
    if (state === 'ready') return;
    const timer = setTimeout(() => setState('ready'), 1500);
    return () => clearTimeout(timer);
  }, [state]);

  const copy = () => {
    copyText(typeof text === 'string' ? text : text()).then(
      () => setState('copied'),
      () => setState('failed'),
    );
  };

  return (
    <>
      {children ? (
        <Button look="quiet" size="small" icon={icon} onClick={copy}>
          {said || children}
        </Button>
      ) : (
        <IconButton label={label} icon={icon} onClick={copy} />
      )}
      <span role="status" className="sr-only">
        {said}
      </span>
    </>
  );
}
