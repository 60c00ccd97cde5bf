import type { SettingsView } from '@/api/backend';
import { Button } from './controls/button';
import { ChooseFolder } from './controls/choose-folder';
import { CopyButton } from './controls/copy-button';
import { Notice } from './notice';

/** The folder that holds all deployments, and the one of the next start. */
export function RootField({
  view: { settings, root, root_from, next_root },
  onSave,
}: {
  view: SettingsView;
  onSave: (root: string | null) => void;
}) {
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
      {root_from === 'variable' ? null : (
        <div className="flex flex-wrap gap-2">
          <ChooseFolder
            label="Choose another folder…"
            title="Folder for deployments"
            from={next_root ?? root}
            onChoose={onSave}
          />
          {settings.root === null ? null : (
            <Button size="small" look="quiet" onClick={() => onSave(null)}>
              Back to the default
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
