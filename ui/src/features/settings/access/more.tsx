import { Plus, X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button, IconButton } from '@/components/controls/button';
import { Disclosure } from '@/components/controls/disclosure';
import { TextField } from '@/components/controls/text-field';
import type { DraftPart } from './draft';

/** What most environments do without. */
export function More({ draft, onChange }: DraftPart) {
  const { target, role_arn, template_bucket, tags, topics } = draft;
  const [starts] = useState(Boolean(role_arn || template_bucket || tags.length + topics.length));
  const real = target === 'aws';
  return (
    <div className="rounded-lg border">
      <Disclosure
        startsOpen={starts}
        head={<span className="font-medium">{real ? 'Role, bucket, tags, topics' : 'Tags'}</span>}
      >
        <div className="flex flex-col gap-4 px-3 pt-1 pb-3">
          {real ? (
            <>
              <TextField
                label="Service role"
                value={role_arn}
                onChange={(next) => onChange({ role_arn: next })}
                mono
                hint="The role that CloudFormation takes on. Empty: the caller’s own rights."
              />
              <TextField
                label="Template bucket"
                value={template_bucket}
                onChange={(next) => onChange({ template_bucket: next })}
                mono
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
        </div>
      </Disclosure>
    </div>
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
