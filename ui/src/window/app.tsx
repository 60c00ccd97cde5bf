import { CSPProvider } from '@base-ui/react/csp-provider';
import { Tooltip } from '@base-ui/react/tooltip';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { ContextMenu } from '@/actions/context-menu';
import { Toaster } from '@/components/frame/toast';
import { Corner } from '@/components/frame/top-bar';
import { DeploymentsScreen } from '@/features/deployment-list/deployments-screen';
import { href, useRoute } from '@/router';
import { RootDoubt } from './root-doubt';
import { DeploymentScreen, DialogHost, NewDeploymentScreen, ReviewScreen, SettingsScreen } from './screens';
import { Shell, ShellCorner } from './shell';

/** The window: one screen at a time, dialogs above it, toasts in the corner. */
export function App({ client }: { client: QueryClient }) {
  return (
    // The content security policy allows no <style> elements.
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={client}>
        <Tooltip.Provider delay={400}>
          <Shell />
          <ContextMenu>
            <div className="flex h-full flex-col">
              <RootDoubt />
              <Corner value={<ShellCorner />}>
                <Screen />
              </Corner>
            </div>
            <DialogHost />
            <Toaster />
          </ContextMenu>
        </Tooltip.Provider>
      </QueryClientProvider>
    </CSPProvider>
  );
}

function Screen() {
  const route = useRoute();
  switch (route.page) {
    case 'deployments':
      return <DeploymentsScreen view={route} />;
    case 'new':
      return <NewDeploymentScreen />;
    case 'settings':
      return <SettingsScreen />;
    case 'review':
      // Another request is another review.
      return <ReviewScreen key={href(route)} deployment={route.id} request={route.request} />;
    case 'deployment':
      // Another deployment is another screen: nothing of the last one's state stays.
      return <DeploymentScreen key={route.id} place={route} />;
  }
}
