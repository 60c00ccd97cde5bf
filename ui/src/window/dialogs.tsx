import { type Dialog, showDialog, stay, useDialogs } from '@/actions/dialogs';
import { Above } from '@/components/frame/dialog';
import { ShortcutsDialog } from '@/features/help/shortcuts-dialog';
import { LeaveDialog } from '@/features/leave/leave-dialog';
import { Palette } from '@/features/palette/palette';
import { AccessDialog } from '@/features/settings/access/access-dialog';

/** The open dialog, and above it the question before the end. */
export function Dialogs() {
  const { open, leaving } = useDialogs();
  const question = leaving ? <LeaveDialog onClose={stay} /> : null;
  return open ? (
    <Above value={question}>
      <Open dialog={open} />
    </Above>
  ) : (
    question
  );
}

function Open({ dialog }: { dialog: Dialog }) {
  switch (dialog.dialog) {
    case 'access':
      return <AccessDialog deployment={dialog.deployment} environment={dialog.environment} onClose={close} />;
    case 'palette':
      return <Palette onClose={close} />;
    case 'shortcuts':
      return <ShortcutsDialog onClose={close} />;
  }
}

const close = () => showDialog(null);
