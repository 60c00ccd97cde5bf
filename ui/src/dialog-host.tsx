import { showDialog, useDialog } from './actions/dialogs';
import { ShortcutsDialog } from './features/help/shortcuts-dialog';
import { LeaveDialog } from './features/leave/leave-dialog';
import { Palette } from './features/palette/palette';
import { AccessDialog } from './features/settings/access-dialog';

/** Shows the open dialog, if there is one. */
export function DialogHost() {
  const dialog = useDialog();
  switch (dialog?.dialog) {
    case undefined:
      return null;
    case 'access':
      return <AccessDialog deployment={dialog.deployment} environment={dialog.environment} onClose={close} />;
    case 'palette':
      return <Palette onClose={close} />;
    case 'shortcuts':
      return <ShortcutsDialog onClose={close} />;
    case 'leave':
      return <LeaveDialog onClose={close} />;
  }
}

const close = () => showDialog(null);
