import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Access } from '@/api/backend';
import { queries } from '@/api/queries';
import { CommandLine } from '@/components/command-line';
import { Loaded } from '@/components/loaded';
import { Notice } from '@/components/notice';
import { ConnectionTest } from './connection-test';
import { Endpoints } from './endpoints';
import { defaultWords, kindWords } from './profiles';

/** Where a question to AWS goes if the profile names no region; whose credentials they are, any region can tell. */
const ANY_REGION = 'us-east-1';

/** How AWS can be reached from here: profiles, SSO sessions, and whether each works. */
export function AccessPart() {
  const access = useQuery(queries.access());
  return (
    <section aria-labelledby="aws-access" className="flex flex-col gap-3">
      <h2 id="aws-access" className="text-lg font-semibold">
        AWS access
      </h2>
      <Loaded snug query={access}>
        {(data) => <Body access={data} />}
      </Loaded>
    </section>
  );
}

function Body({ access }: { access: Access }) {
  const { profiles, sso_sessions, config_file, problem } = access;
  return (
    <>
      <p className="text-soft">
        Read from <span className="font-mono text-sm break-all">{config_file}</span>. Secrets are neither read
        nor shown here. Which profile an environment uses is set in its column, under Access.
      </p>
      {problem ? <Notice urgent tone="bad" title={problem} /> : null}
      <Endpoints endpoints={access.endpoints} />
      <Part title="Profiles">
        <Entry name="Without a profile" facts={defaultWords(access)}>
          <ConnectionTest profile="" region={ANY_REGION} label="Test connection without a profile" />
        </Entry>
        {profiles.map((profile) => (
          <Entry
            key={profile.name}
            name={profile.name}
            facts={[kindWords(profile), profile.account, profile.region].filter(Boolean).join(' · ')}
          >
            <ConnectionTest
              profile={profile.name}
              region={profile.region ?? ANY_REGION}
              label={`Test connection of ${profile.name}`}
            />
          </Entry>
        ))}
      </Part>
      {profiles.length === 0 ? <NoProfiles /> : null}
      {sso_sessions.length > 0 ? (
        <Part title="SSO sessions">
          {sso_sessions.map(({ name, start_url, region }) => (
            <Entry key={name} name={name} facts={[start_url, region].filter(Boolean).join(' · ')}>
              <CommandLine command={`aws sso login --sso-session ${name}`} label="Copy command" />
            </Entry>
          ))}
        </Part>
      ) : null}
    </>
  );
}

function NoProfiles() {
  return (
    <Notice tone="info" title="No profiles yet">
      <p className="mb-2">
        A profile says how AWS is reached: through an SSO session, a role, or access keys. With IAM Identity
        Center, this command asks for all that is needed and writes one:
      </p>
      <CommandLine command="aws configure sso" label="Copy command" />
      <p className="mt-2">Skydeck’s sandbox needs none.</p>
    </Notice>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-1.5 font-semibold">{title}</h3>
      <ul className="divide-y rounded-lg border bg-surface">{children}</ul>
    </section>
  );
}

function Entry({ name, facts, children }: { name: string; facts: string; children: ReactNode }) {
  return (
    <li className="grid gap-x-4 gap-y-2 px-3 py-2.5 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      <div className="min-w-0">
        <h4 className="font-medium break-all">{name}</h4>
        <p className="text-sm break-words text-soft">{facts}</p>
      </div>
      {children}
    </li>
  );
}
