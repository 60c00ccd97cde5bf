import { TriangleAlert } from 'lucide-react';
import type { Use, UsedAs } from '@/api/backend';

const names: Record<UsedAs, string> = {
  profile: 'Profile',
  endpoint: 'Endpoint',
  role: "CloudFormation's role",
  template_bucket: 'Template bucket',
  topic: 'Notification topic',
};

/** What an operation uses in an environment besides its stacks; what belongs to another account is marked. */
export function Uses({ uses }: { uses: Use[] }) {
  if (uses.length === 0) return null;
  return (
    <dl className="grid w-full grid-cols-[max-content_1fr] gap-x-3 gap-y-0.5 text-sm">
      {uses.map(({ as, value, foreign_account }) => (
        <div key={`${as} ${value}`} className="contents">
          <dt className="text-faint">{names[as]}</dt>
          <dd className="flex min-w-0 flex-wrap items-center gap-x-2">
            <span className="font-mono break-all">{value}</span>
            {foreign_account ? (
              <span className="inline-flex items-center gap-1 font-medium text-warn">
                <TriangleAlert aria-hidden size={13} className="shrink-0" />
                in another account: {foreign_account}
              </span>
            ) : null}
          </dd>
        </div>
      ))}
    </dl>
  );
}
