import { type Dialog, showDialog, stay, useDialogs } from '@/actions/dialogs';
import { useTrustQuestion } from '@/api/trust';
import { Above } from '@/components/frame/dialog';
import { ShortcutsDialog } from '@/features/help/shortcuts-dialog';
import { LeaveDialog } from '@/features/leave/leave-dialog';
import { Palette } from '@/features/palette/palette';
import { AccessDialog } from '@/features/settings/access/access-dialog';
import { TakeOverDialog } from '@/features/trust/take-over-dialog';
import { TrustDialog } from '@/features/trust/trust-dialog';

/** The open dialog, and above it the question before the end, or whether a folder is trusted. */
export function Dialogs() {
  const { open, leaving } = useDialogs();
  const trust = useTrustQuestion();
  const asked = trust ? <TrustDialog question={trust} /> : null;
  const question = leaving ? <LeaveDialog onClose={stay} /> : asked;
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
    case 'take-over':
      return <TakeOverDialog deployment={dialog.deployment} onClose={close} />;
    case 'palette':
      return <Palette onClose={close} />;
    case 'shortcuts':
      return <ShortcutsDialog onClose={close} />;
  }
}

const close = () => showDialog(null);
