import { deploymentLooks, type Look, look, stackLooks, toneFill, toneText } from './statuses';

/** Icon and word in the status's colour. */
export function LookText({
  look: { word, icon: Icon, tone, spins },
  status,
  small,
}: {
  look: Look;
  /** Of less weight than a status. */
  small?: boolean;
  status?: string;
}) {
  return (
    <span
      data-status={status}
      className={`inline-flex min-w-0 items-center gap-1.5 align-middle whitespace-nowrap ${small ? 'text-sm' : 'font-medium'} ${toneText[tone]}`}
    >
      <Icon aria-hidden size={small ? 13 : 14} className={`shrink-0 ${spins ? 'animate-spin-calm' : ''}`} />
      <span className="truncate" title={word}>
        {word}
      </span>
    </span>
  );
}

/** A stack's status: plain, since a grid is full of them. */
export function StackStatusText({ status }: { status: string }) {
  return <LookText look={look(stackLooks, status)} status={status} />;
}

/** A deployment's own status: a filled pill, so that nobody takes it for a stack's. */
export function DeploymentStatusPill({ status }: { status: string }) {
  const { tone, word, icon: Icon, spins } = look(deploymentLooks, status);
  return (
    <span
      data-testid="deployment-status"
      data-status={status}
      className={`inline-flex h-6 max-w-full align-middle items-center gap-1.5 rounded-full px-2.5 font-medium whitespace-nowrap ${toneFill[tone]}`}
    >
      <Icon aria-hidden size={14} className={`shrink-0 ${spins ? 'animate-spin-calm' : ''}`} />
      <span className="truncate" title={word}>
        {word}
      </span>
    </span>
  );
}
