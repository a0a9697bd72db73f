import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Provider } from 'urql';

import { App } from './App';
import { client } from './client';
import { WithGroup } from './group';
import './site.css';

// The browser brings people back to where they were on a page; a new page begins at its top.
addEventListener('pushState', () => scrollTo(0, 0));

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Provider value={client}>
      <WithGroup>
        <App />
      </WithGroup>
    </Provider>
  </StrictMode>,
);
