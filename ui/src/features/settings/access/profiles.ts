/** The profiles of the AWS configuration, in words. */
import type { Access, Profile, ProfileKind } from '@/api/backend';
import type { Choice } from '@/components/controls/select';

/** Where a profile's credentials come from: 'SSO session main, role Admin'. */
export function kindWords({ kind, sso_session, role, source_profile }: Profile): string {
  const through = source_profile && `through profile ${source_profile}`;
  const parts: Record<ProfileKind, (string | null)[]> = {
    sso: [sso_session ? `SSO session ${sso_session}` : 'SSO', role && `role ${role}`],
    role: [role ? `role ${role}` : 'a role', through],
    keys: ['access keys'],
    process: ['a program that gives credentials'],
    login: ['a login with ‘aws login’'],
    web_identity: ['a web identity', role && `role ${role}`],
    unknown: ['unknown'],
  };
  return parts[kind].filter(Boolean).join(', ');
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
