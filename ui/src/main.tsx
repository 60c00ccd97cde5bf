import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { tell } from './actions/tell';
import { cleanCopies } from './actions/text';
import { keepFresh, newQueryClient } from './api/freshness';
import { queries } from './api/queries';
import { pause } from './clock';
import { App } from './window/app';
import './app.css';

/** Milliseconds that the first picture waits for the table, so that it need not be drawn twice. */
const FIRST_PICTURE = 250;

/** Asks for the table before anything is drawn, and draws as soon as it is there, or once that takes too long. */
async function start() {
  const client = newQueryClient();
  // Before the first question, so that no change after it is missed.
  keepFresh(client);
  tell(client);
  cleanCopies();
  await Promise.race([client.prefetchQuery(queries.deployments()), pause(FIRST_PICTURE)]);
  const root = document.getElementById('root');
  if (!root) return;
  createRoot(root).render(
    <StrictMode>
      <App client={client} />
    </StrictMode>,
  );
  // The palette opens without a wait.
  await pause(1000);
  await import('./window/dialogs');
}

void start();
