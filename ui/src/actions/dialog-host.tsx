import { showDialog, useDialog } from './dialogs';
import { OperationDialog } from './operation-dialog';

/** Shows the open dialog, if there is one. */
export function DialogHost() {
  const dialog = useDialog();
  switch (dialog?.dialog) {
    case undefined:
      return null;
    case 'operation':
      return (
        <OperationDialog
          deployment={dialog.deployment}
          request={dialog.request}
          onClose={() => showDialog(null)}
        />
      );
  }
}
