import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useId } from 'react';
import { type Appearance, backend, type SettingsPatch, type SettingsView } from '@/api/backend';
import { queries } from '@/api/queries';
import { CheckField } from '@/components/controls/check-field';
import { Segmented } from '@/components/controls/segmented';
import { Select } from '@/components/controls/select';
import { TopBar } from '@/components/frame/top-bar';
import { Loaded } from '@/components/loaded';
import { ErrorNotice, Notice } from '@/components/notice';
import { RootField } from '@/components/root-field';
import { href, wholeList } from '@/router';
import { AccessPart } from './access/access-part';

/** Screen 5: what the user has set for this machine, and how AWS is reached from it. */
export function SettingsScreen() {
  const settings = useQuery(queries.settings());
  return (
    <>
      <TopBar crumbs={[{ label: 'Deployments', href: href(wholeList) }, { label: 'Settings' }]} />
      <main className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex max-w-4xl flex-col gap-6 p-5">
          <Loaded snug query={settings}>
            {(view) => <General view={view} />}
          </Loaded>
          <AccessPart />
        </div>
      </main>
    </>
  );
}

const appearances: { value: Appearance; label: string }[] = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

function General({ view }: { view: SettingsView }) {
  const { settings, problems, file, default_parallel } = view;
  const save = useMutation({
    mutationFn: (patch: SettingsPatch) => backend.updateSettings(patch),
    // One after the other.
    scope: { id: 'settings' },
  });
  return (
    <section aria-label="This machine" className="flex flex-col gap-3">
      {problems.map((problem) => (
        <Notice key={problem} urgent tone="warn" title={problem} />
      ))}
      {save.error ? <ErrorNotice error={save.error} /> : null}
      <div className="divide-y rounded-lg border bg-surface">
        <Line title="Appearance" hint="System: as your desktop is, and changing with it.">
          <Segmented
            label="Appearance"
            value={settings.appearance}
            choices={appearances}
            onChange={(appearance) => save.mutate({ appearance })}
          />
        </Line>
        <Line title="Notifications" hint="From the system, and only while this window is not in front.">
          <CheckField
            label="Tell when an operation has ended"
            checked={settings.notifications}
            onChange={(notifications) => save.mutate({ notifications })}
          />
        </Line>
        <Line
          title="Stacks at once"
          hint="In operations started from here. On the command line: cloud deploy --parallel."
        >
          <Select
            label="Stacks at once"
            value={String(settings.parallel ?? '')}
            choices={parallelChoices(settings.parallel, default_parallel)}
            onChange={(text) => save.mutate({ parallel: text ? Number(text) : null })}
          />
        </Line>
        <Line title="Deployments folder" hint={rootHints[view.root_from]}>
          <RootField view={view} onSave={(root) => save.mutate({ root })} />
          <p className="mt-2 text-sm text-faint">
            Deployments stay in the folder where they are, and can be moved into another one.
          </p>
        </Line>
      </div>
      <p className="text-sm text-faint">
        Kept in <span className="font-mono break-all">{file}</span>
      </p>
    </section>
  );
}

const rootHints: Record<SettingsView['root_from'], string> = {
  variable: 'Set by the environment variable SKYDECK_ROOT, which comes before this setting.',
  settings: 'Set here.',
  default: 'This system\u2019s folder for the data of programs.',
};

function parallelChoices(chosen: number | null, standard: number) {
  const numbers = [1, 2, 4, 8, 12, 16, 24, 32];
  const all =
    chosen === null || numbers.includes(chosen) ? numbers : [...numbers, chosen].sort((a, b) => a - b);
  return [
    { value: '', label: `Default: ${standard}` },
    ...all.map((number) => ({ value: String(number), label: String(number) })),
  ];
}

function Line({ title, hint, children }: { title: string; hint: string; children: ReactNode }) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className="grid items-start gap-x-6 gap-y-2 px-4 py-3 sm:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]"
    >
      <div className="min-w-0">
        <h2 id={id} className="font-medium">
          {title}
        </h2>
        <p className="text-sm text-faint">{hint}</p>
      </div>
      <div className="min-w-0">{children}</div>
    </section>
  );
}
