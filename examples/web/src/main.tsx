import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Provider } from 'urql';

import { App } from './App';
import { client } from './client';
import './site.css';

// The browser brings people back to where they were on a page; a new page begins at its top.
addEventListener('pushState', () => scrollTo(0, 0));

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Provider value={client}>
      <App />
    </Provider>
  </StrictMode>,
);
