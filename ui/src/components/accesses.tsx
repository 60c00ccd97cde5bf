import type { AccessToTrust } from '@/api/backend';

/** The accounts that a folder names, each with the way to it. */
export function Accesses({ unknown }: { unknown: AccessToTrust[] }) {
  return (
    <table className="w-full text-left">
      <thead className="text-sm text-faint">
        <tr>
          <th className="pr-4 pb-1 font-normal">Environment</th>
          <th className="pr-4 pb-1 font-normal">Account</th>
          <th className="pr-4 pb-1 font-normal">Credentials</th>
          <th className="pb-1 font-normal">Calls go to</th>
        </tr>
      </thead>
      <tbody>
        {unknown.map(({ environments, access: { account, profile, endpoints } }) => (
          <tr key={environments.join()} className="border-t align-top">
            <td className="py-1.5 pr-4 break-words">{environments.join(', ')}</td>
            <td className="py-1.5 pr-4 font-mono text-sm">{account}</td>
            <td className="py-1.5 pr-4 break-words">{credentials(profile)}</td>
            <td className="py-1.5 break-all">{endpoints.length > 0 ? endpoints.join(', ') : 'AWS'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Whose credentials are used. */
export const credentials = (profile: string | null) =>
  profile ? `Profile ${profile}` : 'Default credentials';
