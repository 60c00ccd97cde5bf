import { useMutation } from '@tanstack/react-query';
import { FolderOpen } from 'lucide-react';
import { backend } from '@/api/backend';
import { Button } from './button';

/** Asks for a folder in the system's own dialog; nothing happens where none is chosen. */
export function ChooseFolder({
  label,
  title,
  from,
  onChoose,
}: {
  label: string;
  /** What the system's dialog is called. */
  title: string;
  /** Where it starts. */
  from: string;
  onChoose: (folder: string) => void;
}) {
  const choose = useMutation({
    mutationFn: () => backend.chooseFolder(title, from),
    onSuccess: (folder) => folder !== null && onChoose(folder),
  });
  return (
    <Button
      size="small"
      icon={FolderOpen}
      disabled={choose.isPending}
      focusableWhenDisabled
      onClick={() => choose.mutate()}
    >
      {label}
    </Button>
  );
}
