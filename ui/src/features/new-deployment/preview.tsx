import { FolderPlus } from 'lucide-react';
import type { NewDeploymentPreview } from '@/api/backend';
import { CommandLine } from '@/components/command-line';
import { ErrorNotice, Notice } from '@/components/notice';

/** What will be written, as soon as the form has no problems. */
export function Preview({
  preview,
  error,
}: {
  preview: NewDeploymentPreview | undefined;
  error: Error | null;
}) {
  return (
    <section
      aria-label="Preview"
      className="flex min-w-0 flex-col gap-4 border-t bg-sunken p-5 lg:overflow-y-auto lg:border-t-0 lg:border-l"
    >
      {error ? <ErrorNotice error={error} /> : null}
      {preview?.remarks.map((remark) => (
        <Notice key={remark} tone="info" title={remark} />
      ))}
      {preview?.problems.length === 0 ? (
        <Written preview={preview} />
      ) : preview ? (
        <p className="text-faint">
          The stacks, the manifest and the command are shown here once the fields are filled in.
        </p>
      ) : error ? null : (
        <p className="text-faint">Loading…</p>
      )}
    </section>
  );
}

/** The folder, the stacks, the manifest, and the same as a command. */
function Written({ preview }: { preview: NewDeploymentPreview }) {
  return (
    <>
      <div className="flex items-center gap-2">
        <FolderPlus aria-hidden size={15} className="shrink-0 text-faint" />
        <span
          className="truncate font-mono text-sm font-medium"
          title={preview.folder}
          data-testid="preview-folder"
        >
          {preview.folder}
        </span>
      </div>
      <div>
        <h2 className="mb-1.5 font-semibold">Stacks</h2>
        <ul className="divide-y rounded-lg border bg-surface">
          {preview.stacks.map(({ name, description, enabled }) => (
            <li key={name} className="flex items-baseline gap-3 px-3 py-1.5">
              <span
                className={`w-24 shrink-0 truncate ${enabled ? 'font-medium' : 'text-faint'}`}
                title={name}
              >
                {name}
              </span>
              <span className="line-clamp-2 min-w-0 flex-1 text-sm text-faint" title={description}>
                {description}
              </span>
              <span className={`shrink-0 text-sm ${enabled ? 'text-ok' : 'text-faint'}`}>
                {enabled ? 'Enabled' : 'Off'}
              </span>
            </li>
          ))}
        </ul>
      </div>
      <div>
        <h2 className="mb-1.5 font-semibold">On the command line</h2>
        {preview.command ? (
          <CommandLine command={preview.command} />
        ) : (
          <p className="text-soft">
            One command cannot say this: its environments share target, region and profile.
          </p>
        )}
      </div>
      {preview.files.map(({ path, text }) => (
        <div key={path} className="flex min-w-0 flex-col">
          <h2 className="mb-1.5 font-mono text-sm font-semibold">{path}</h2>
          <section
            aria-label={path}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
            tabIndex={0}
            className="max-h-96 overflow-auto rounded-lg border bg-surface p-3 font-mono text-sm"
          >
            <pre>{text}</pre>
          </section>
        </div>
      ))}
    </>
  );
}
