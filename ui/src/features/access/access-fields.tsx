import { Plus, X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Access } from '@/api/backend';
import { Button, IconButton } from '@/components/button';
import { Segmented } from '@/components/segmented';
import { Select } from '@/components/select';
import { TextField } from '@/components/text-field';
import { ConnectionTest } from './connection-test';
import type { Draft } from './draft';
import { Endpoints } from './endpoints';
import { profileChoices } from './profiles';

/** The fields of an environment's access. What is right and wrong is the backend's to say. */
export function AccessFields({
  environment,
  draft,
  access,
  onChange,
}: {
  environment: string;
  draft: Draft;
  access: Access;
  onChange: (change: Partial<Draft>) => void;
}) {
  const { target, profile, region, account, tags, topics } = draft;
  const field = (part: 'region' | 'account' | 'role_arn' | 'template_bucket') => ({
    value: draft[part],
    onChange: (value: string) => onChange({ [part]: value }),
    mono: true,
  });
  const real = target === 'aws';
  return (
    <>
      <div>
        <Segmented
          label="Target"
          value={target}
          choices={[
            { value: 'sandbox', label: 'Sandbox' },
            { value: 'aws', label: 'AWS' },
          ]}
          onChange={(next) => onChange({ target: next })}
        />
      </div>
      <div className="grid grid-cols-2 gap-3">
        <TextField label="Account" {...field('account')} hint="The only account that is ever touched." />
        <TextField label="Region" {...field('region')} placeholder="us-east-1" />
      </div>
      {real ? (
        <>
          <div className="flex min-w-0 flex-col gap-1">
            <span className="font-medium">Profile</span>
            <Select
              label="Profile"
              value={profile}
              choices={profileChoices(access, profile)}
              onChange={(next) => onChange({ profile: next })}
            />
          </div>
          <Endpoints endpoints={access.endpoints} />
          <ConnectionTest
            // An answer belongs to what was asked.
            key={`${profile} ${region}`}
            profile={profile}
            region={region}
            expected={{ environment, account }}
          />
          <TextField
            label="Service role"
            {...field('role_arn')}
            hint="The role that CloudFormation takes on. Empty: the caller’s own rights."
          />
          <TextField
            label="Template bucket"
            {...field('template_bucket')}
            hint="An S3 bucket for templates over 51,200 bytes. Empty: none."
          />
        </>
      ) : null}
      <Rows title="Tags of every stack" add="Add tag" onAdd={() => onChange({ tags: [...tags, noTag] })}>
        {tags.map((tag, index) => (
          <Row
            // biome-ignore lint/suspicious/noArrayIndexKey: a row is known by its place while its key is being typed
            key={index}
            remove={`Remove tag ${tag.key || index + 1}`}
            onRemove={() => onChange({ tags: tags.toSpliced(index, 1) })}
          >
            <Cell
              label={`Key of tag ${index + 1}`}
              value={tag.key}
              onChange={(key) => onChange({ tags: tags.with(index, { ...tag, key }) })}
            />
            <Cell
              label={`Value of tag ${index + 1}`}
              value={tag.value}
              onChange={(value) => onChange({ tags: tags.with(index, { ...tag, value }) })}
            />
          </Row>
        ))}
      </Rows>
      {real ? (
        <Rows
          title="Notified topics (SNS)"
          add="Add topic"
          onAdd={() => onChange({ topics: [...topics, ''] })}
        >
          {topics.map((topic, index) => (
            <Row
              // biome-ignore lint/suspicious/noArrayIndexKey: a row is known by its place while it is being typed
              key={index}
              remove={`Remove topic ${index + 1}`}
              onRemove={() => onChange({ topics: topics.toSpliced(index, 1) })}
            >
              <Cell
                label={`Topic ${index + 1}`}
                value={topic}
                onChange={(next) => onChange({ topics: topics.with(index, next) })}
              />
            </Row>
          ))}
        </Rows>
      ) : null}
    </>
  );
}

const noTag = { key: '', value: '' };

function Rows({
  title,
  add,
  onAdd,
  children,
}: {
  title: string;
  add: string;
  onAdd: () => void;
  children: ReactNode;
}) {
  return (
    <fieldset className="flex min-w-0 flex-col items-start gap-1.5">
      <legend className="mb-1 font-medium">{title}</legend>
      {children}
      <Button size="small" icon={Plus} onClick={onAdd}>
        {add}
      </Button>
    </fieldset>
  );
}

function Row({ remove, onRemove, children }: { remove: string; onRemove: () => void; children: ReactNode }) {
  return (
    <div className="flex w-full items-center gap-2">
      {children}
      <IconButton label={remove} icon={X} onClick={onRemove} />
    </div>
  );
}

function Cell({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <div className="min-w-0 flex-1">
      <TextField hideLabel label={label} value={value} onChange={onChange} mono />
    </div>
  );
}
