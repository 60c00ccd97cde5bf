import { useState } from 'react';
import type { SettingsView } from '@/api/backend';
import { Button } from '@/components/button';
import { CopyButton } from '@/components/copy-button';
import { Notice } from '@/components/notice';
import { TextField } from '@/components/text-field';

/** The folder that holds all deployments, and the one of the next start. */
export function RootField({
  view: { settings, root, root_from, next_root },
  onSave,
}: {
  view: SettingsView;
  onSave: (root: string | null) => void;
}) {
  const [text, setText] = useState<string | null>(null);
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <div className="flex items-start gap-1">
        <span className="min-w-0 flex-1 py-1 font-mono text-sm break-all" data-testid="root">
          {root}
        </span>
        <CopyButton text={root} label="Copy the folder" />
      </div>
      {next_root ? (
        <Notice tone="info" title="From the next start on">
          <span className="font-mono text-sm break-all">{next_root}</span>
        </Notice>
      ) : null}
      {root_from === 'variable' ? null : text === null ? (
        <div className="flex gap-2">
          <Button size="small" onClick={() => setText(settings.root ?? root)}>
            Choose another folder…
          </Button>
          {settings.root === null ? null : (
            <Button size="small" look="quiet" onClick={() => onSave(null)}>
              Back to the default
            </Button>
          )}
        </div>
      ) : (
        <form
          className="flex flex-col gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            onSave(text.trim());
            setText(null);
          }}
        >
          <TextField
            label="Folder"
            value={text}
            onChange={setText}
            mono
            hint="Its whole path. It is made when it is needed; deployments stay where they are, and can be moved there."
          />
          <div className="flex gap-2">
            <Button size="small" look="primary" type="submit" disabled={!text.trim()}>
              Save
            </Button>
            <Button size="small" onClick={() => setText(null)}>
              Cancel
            </Button>
          </div>
        </form>
      )}
    </div>
  );
}
