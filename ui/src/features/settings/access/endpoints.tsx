import type { Access } from '@/api/backend';
import { Notice } from '@/components/notice';

/** That environment variables lead elsewhere than to AWS. */
export function Endpoints({ endpoints }: Pick<Access, 'endpoints'>) {
  return endpoints.map(([variable, url]) => (
    <Notice key={variable} tone="warn" title={`${variable} points to ${url}`}>
      Calls go there and not to AWS.
    </Notice>
  ));
}
