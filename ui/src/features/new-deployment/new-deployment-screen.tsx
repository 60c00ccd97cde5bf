import { useQuery } from '@tanstack/react-query';
import { queries } from '@/api/queries';
import { TopBar } from '@/components/frame/top-bar';
import { Loaded } from '@/components/loaded';
import { href, wholeList } from '@/router';
import { Form } from './form';

/** Screen 3: a new deployment, and what will be written for it. */
export function NewDeploymentScreen() {
  const suggestion = useQuery(queries.suggestion());
  return (
    <>
      <TopBar crumbs={[{ label: 'Deployments', href: href(wholeList) }, { label: 'New deployment' }]} />
      <Loaded query={suggestion}>{(initial) => <Form initial={initial} />}</Loaded>
    </>
  );
}
