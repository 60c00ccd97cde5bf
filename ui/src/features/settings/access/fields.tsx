import type { ReactNode } from 'react';
import type { Access } from '@/api/backend';
import { Segmented } from '@/components/controls/segmented';
import { TargetChip } from '@/components/target-chip';
import { AwsSteps } from './aws-steps';
import type { DraftPart } from './draft';
import { More } from './more';
import { Place } from './place';

/** The fields of an environment's access. What is right and wrong is the backend's to say. */
export function Fields({
  environment,
  draft,
  access,
  onChange,
  remark,
}: DraftPart & {
  environment: string;
  access: Access;
  /** What there is to say of the target. */
  remark: ReactNode;
}) {
  const { target } = draft;
  return (
    <>
      <div className="flex items-center gap-3">
        <Segmented
          label="Target"
          value={target}
          choices={[
            { value: 'sandbox', label: 'Sandbox' },
            { value: 'aws', label: 'AWS' },
          ]}
          onChange={(next) => onChange({ target: next })}
        />
        <TargetChip target={target} />
        <span className="text-sm text-soft">
          {target === 'aws'
            ? 'CloudFormation itself.'
            : 'CloudFormation on this machine: no account, no cost.'}
        </span>
      </div>
      {remark}
      {target === 'aws' ? (
        <AwsSteps environment={environment} draft={draft} access={access} onChange={onChange} />
      ) : (
        <Place draft={draft} onChange={onChange} hint="Any digits: nothing leaves this machine." />
      )}
      <More draft={draft} onChange={onChange} />
    </>
  );
}
