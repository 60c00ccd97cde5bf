import { useMutation } from '@tanstack/react-query';
import { PlugZap } from 'lucide-react';
import { backend, type Identity } from '@/api/backend';
import { Button } from '@/components/controls/button';
import { ErrorNotice, Notice } from '@/components/notice';
import { moment } from '@/format';

/** Asks AWS whose credentials a profile gives. `expected`: the environment that they are meant for. */
export function ConnectionTest({
  profile,
  region,
  label = 'Test connection',
  expected,
  onAnswer,
}: {
  /** Empty: the default chain. */
  profile: string;
  region: string;
  /** The button's whole name, where several stand beside each other. */
  label?: string;
  expected?: { environment: string; account: string };
  onAnswer?: (identity: Identity) => void;
}) {
  const test = useMutation({
    mutationFn: () => backend.testConnection(profile, region),
    onSuccess: onAnswer,
  });
  return (
    <div className="flex min-w-0 flex-col items-start gap-2">
      <Button
        size="small"
        icon={PlugZap}
        aria-label={label}
        disabled={test.isPending}
        focusableWhenDisabled
        onClick={() => test.mutate()}
      >
        {test.isPending ? 'Asking AWS…' : 'Test connection'}
      </Button>
      <div role="status" className="w-full empty:hidden">
        {test.data ? <Answer identity={test.data} expected={expected} /> : null}
        {test.error ? <ErrorNotice error={test.error} /> : null}
      </div>
    </div>
  );
}

function Answer({
  identity: { account, arn, expires_at },
  expected,
}: {
  identity: Identity;
  expected?: { environment: string; account: string };
}) {
  return (
    <Notice {...verdict(account, expected)}>
      <span className="block font-mono text-sm break-all">{arn}</span>
      {expires_at ? `The login ends ${moment(expires_at)}.` : 'The credentials name no end.'}
    </Notice>
  );
}

/** Whether the account is the one that was meant. */
function verdict(account: string, expected?: { environment: string; account: string }) {
  if (!expected) return { tone: 'ok', title: `Account ${account}` } as const;
  const { environment } = expected;
  if (account === expected.account) {
    return { tone: 'ok', title: `This is ${account}, the account of ${environment}` } as const;
  }
  const other = expected.account || 'without an account';
  return {
    tone: 'bad',
    title: `This is ${account}, but ${environment} is ${other}: nothing would be deployed`,
  } as const;
}
