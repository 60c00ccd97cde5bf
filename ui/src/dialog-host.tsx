import { showDialog, useDialog } from './actions/dialogs';
import { AccessDialog } from './features/settings/access-dialog';

/** Shows the open dialog, if there is one. */
export function DialogHost() {
  const dialog = useDialog();
  switch (dialog?.dialog) {
    case undefined:
      return null;
    case 'access':
      return (
        <AccessDialog
          deployment={dialog.deployment}
          environment={dialog.environment}
          onClose={() => showDialog(null)}
        />
      );
  }
}
