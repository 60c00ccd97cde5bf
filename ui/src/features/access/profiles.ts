/** The profiles of the AWS configuration, in words. */
import type { Access, Profile } from '@/api/backend';
import type { Choice } from '@/components/select';

/** Where a profile's credentials come from: 'SSO session main, role Admin'. */
export function kindWords({ kind, sso_session, role, source_profile }: Profile): string {
  switch (kind) {
    case 'sso':
      return words('SSO', sso_session && `session ${sso_session}`, role && `role ${role}`);
    case 'role':
      return words('a role', role, source_profile && `through profile ${source_profile}`);
    case 'keys':
      return 'access keys';
    case 'process':
      return 'a program that gives credentials';
    case 'login':
      return 'a login with ‘aws login’';
    case 'web_identity':
      return words('a web identity', role && `role ${role}`);
    case 'unknown':
      return 'unknown';
  }
}

/** The default credential chain, in words. */
export function defaultWords({ default_profile }: Access): string {
  return default_profile ? `default chain (AWS_PROFILE is ${default_profile})` : 'default chain';
}

/** The profiles to choose from; one that the manifest names and the configuration lacks stays among them. */
export function profileChoices(access: Access, chosen: string): Choice[] {
  const choices = [
    { value: '', label: defaultWords(access) },
    ...access.profiles.map((profile) => ({
      value: profile.name,
      label: `${profile.name}: ${kindWords(profile)}`,
    })),
  ];
  return choices.some(({ value }) => value === chosen)
    ? choices
    : [...choices, { value: chosen, label: `${chosen}: not in ${access.config_file}` }];
}

/** 'SSO session main, role Admin'. */
function words(kind: string, first: string | null, second: string | null = null): string {
  return [[kind, first].filter(Boolean).join(' '), second].filter(Boolean).join(', ');
}
