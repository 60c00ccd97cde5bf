import { CircleCheck, CircleX, Info, type LucideIcon, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { BackendError } from '@/api/backend';
import { sentence } from '@/format';
import { ProblemList } from './problem-list';

const tones: Record<'info' | 'ok' | 'warn' | 'bad', { icon: LucideIcon; ground: string; text: string }> = {
  info: { icon: Info, ground: 'bg-accent-ground', text: 'text-accent' },
  ok: { icon: CircleCheck, ground: 'bg-ok-ground', text: 'text-ok' },
  warn: { icon: TriangleAlert, ground: 'bg-warn-ground', text: 'text-warn' },
  bad: { icon: CircleX, ground: 'bg-bad-ground', text: 'text-bad' },
};

/** Something the user should know, in place. `urgent` ones are said at once. */
export function Notice({
  tone,
  title,
  urgent,
  children,
}: {
  tone: keyof typeof tones;
  title: string;
  urgent?: boolean;
  children?: ReactNode;
}) {
  const { icon: Icon, ground, text } = tones[tone];
  return (
    <section
      role={urgent ? 'alert' : undefined}
      aria-label={urgent ? undefined : title}
      className={`flex gap-2.5 rounded-lg px-3 py-2.5 ${ground}`}
    >
      <Icon aria-hidden size={16} className={`mt-0.5 shrink-0 ${text}`} />
      <div className="min-w-0 flex-1">
        <p className={`font-medium break-words ${text}`}>{title}</p>
        {children ? <div className="mt-1 break-words text-soft">{children}</div> : null}
      </div>
    </section>
  );
}

/**
 * A refusal or an error of the backend, and what else there is to say of it. What the state of things forbids is
 * advice, not a failure.
 */
export function ErrorNotice({
  error,
  deployment,
  children,
}: {
  error: Error;
  /** Whose files the error may be about. */
  deployment?: string;
  children?: ReactNode;
}) {
  if (!(error instanceof BackendError)) {
    return (
      <Notice urgent tone="bad" title={error.message}>
        {children}
      </Notice>
    );
  }
  const advice = error.code === 'precondition' || error.code === 'busy';
  // The problems stand below, each once.
  const [head = error.message] = error.problems.length > 0 ? error.message.split('\n') : [];
  return (
    <Notice urgent tone={advice ? 'warn' : 'bad'} title={head.replace(/:$/, '')}>
      {error.hint || error.problems.length > 0 || children ? (
        <>
          {error.hint ? sentence(error.hint) : null}
          <ProblemList problems={error.problems} deployment={deployment} />
          {children}
        </>
      ) : null}
    </Notice>
  );
}
