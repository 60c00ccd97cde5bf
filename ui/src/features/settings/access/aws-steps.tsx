import { useState } from 'react';
import type { Access, Identity } from '@/api/backend';
import { Button } from '@/components/controls/button';
import { Select } from '@/components/controls/select';
import { ConnectionTest } from './connection-test';
import type { DraftPart } from './draft';
import { Endpoints } from './endpoints';
import { Place } from './place';
import { profileChoices } from './profiles';
import { Step } from './step';

/** The way to AWS: whose credentials, which account and region, and the proof that they belong together. */
export function AwsSteps({
  environment,
  draft,
  access,
  onChange,
}: DraftPart & { environment: string; access: Access }) {
  const { profile, region, account } = draft;
  // An answer belongs to what was asked.
  const asked = `${profile} ${region}`;
  const [answer, setAnswer] = useState<{ asked: string; identity: Identity } | null>(null);
  const found = answer?.asked === asked ? answer.identity.account : null;
  return (
    <div className="flex flex-col gap-4">
      <Step number={1} title="Profile: whose credentials" done={found !== null}>
        <Select
          label="Profile"
          value={profile}
          choices={profileChoices(access, profile)}
          onChange={(next) => onChange({ profile: next })}
        />
        <Endpoints endpoints={access.endpoints} />
      </Step>
      <Step number={2} title="Account and region" done={found !== null && found === account}>
        <Place draft={draft} onChange={onChange} hint="The only account that is ever touched." />
      </Step>
      <Step number={3} title="Proof: AWS says whose account it is" done={found !== null && found === account}>
        <ConnectionTest
          key={asked}
          profile={profile}
          region={region}
          expected={{ environment, account }}
          onAnswer={(identity) => setAnswer({ asked, identity })}
        />
        {found !== null && found !== account ? (
          <div>
            <Button size="small" onClick={() => onChange({ account: found })}>
              Make {found} the account of {environment}
            </Button>
          </div>
        ) : null}
        <p className="text-sm text-faint">
          Saving asks once more, and every operation before it starts: with credentials of another account,
          nothing is touched.
        </p>
      </Step>
    </div>
  );
}
