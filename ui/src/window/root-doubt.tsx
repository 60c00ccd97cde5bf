import { useQuery } from '@tanstack/react-query';
import { queries } from '@/api/queries';
import { Notice } from '@/components/notice';
import { sentence } from '@/format';

/** Above every screen: that the deployments shown may not be those that are meant. */
export function RootDoubt() {
  const { root, root_doubt } = useQuery(queries.appInfo()).data ?? {};
  if (!root_doubt) return null;
  return (
    <div className="shrink-0 border-b bg-surface p-2">
      <Notice
        urgent
        tone="bad"
        title={`These are the deployments in ${root}, which may not be those you mean`}
      >
        {sentence(root_doubt)} Then start the app again.
      </Notice>
    </div>
  );
}
