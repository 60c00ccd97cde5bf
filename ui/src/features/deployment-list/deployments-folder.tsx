import { useMutation, useQuery } from '@tanstack/react-query';
import { backend } from '@/api/backend';
import { queries } from '@/api/queries';
import { ErrorNotice } from '@/components/notice';
import { RootField } from '@/components/root-field';

/** Where deployments are kept, and the way to another folder, as long as there are none to leave behind. */
export function DeploymentsFolder({ title }: { title: string }) {
  const { data: view } = useQuery(queries.settings());
  const save = useMutation({ mutationFn: (root: string | null) => backend.updateSettings({ root }) });
  if (!view) return null;
  return (
    <section
      aria-label="Deployments folder"
      className="mt-4 flex w-full flex-col gap-1 border-t pt-3 text-left"
    >
      <h3 className="text-sm text-faint">{title}</h3>
      <RootField view={view} onSave={(root) => save.mutate(root)} />
      {view.root_from === 'variable' ? (
        <p className="text-sm text-faint">
          Set by the environment variable SKYDECK_ROOT: change that to keep them in another folder.
        </p>
      ) : null}
      {save.error ? <ErrorNotice error={save.error} /> : null}
    </section>
  );
}
