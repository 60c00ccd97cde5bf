import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { backend, type OperationView } from '@/api/backend';
import { Button } from '@/components/controls/button';
import { ErrorNotice } from '@/components/notice';

/** Saves the log, whole and as JSON. */
export function ExportButton({ view }: { view: OperationView }) {
  const saving = useMutation({
    mutationFn: () => backend.exportOperation(view.start.deployment_id, view.id),
  });
  return (
    <>
      <Button
        look="quiet"
        size="small"
        icon={Download}
        disabled={saving.isPending}
        focusableWhenDisabled
        onClick={() => saving.mutate()}
      >
        Export as JSON
      </Button>
      {saving.error ? (
        <div className="w-full pb-1">
          <ErrorNotice error={saving.error} />
        </div>
      ) : (
        <p role="status" className={saving.data ? 'w-full pb-1 text-sm break-all text-soft' : 'sr-only'}>
          {saving.data ? `Saved as ${saving.data}` : null}
        </p>
      )}
    </>
  );
}
