import { useEffect } from 'preact/hooks';

import { useRoute, useStored } from './hooks';
import { CopyPage } from './pages/copy';
import { EventPage } from './pages/event';
import { PersonPage } from './pages/person';
import { SavedPage } from './pages/saved';
import { SchedulePage } from './pages/schedule';
import { SearchPage } from './pages/search';
import { TalkPage } from './pages/talk';
import { AppName } from './parts';
import { choice, plan } from './queries';
import { type Sync, readSync } from './store';
import { moment } from './time';

export function App() {
  const route = useRoute();
  const chosen = useStored(choice);
  const name = chosen?.group?.name ?? 'Meetups';
  useEffect(() => scrollTo(0, 0), [route]);
  return (
    <AppName.Provider value={name}>
      <header>
        <a class="name" href="#/">
          {chosen && name}
        </a>
        <SyncState />
      </header>
      <main>
        <CurrentPage route={route} />
      </main>
      <Tabs page={route[0] ?? ''} />
    </AppName.Provider>
  );
}

function CurrentPage({ route: [page, id = ''] }: { route: string[] }) {
  switch (page) {
    case 'event':
      return <EventPage id={id} />;
    case 'talk':
      return <TalkPage id={id} />;
    case 'person':
      return <PersonPage id={id} />;
    case 'search':
      return <SearchPage />;
    case 'saved':
      return <SavedPage />;
    case 'copy':
      return <CopyPage />;
    default:
      return <SchedulePage />;
  }
}

function SyncState() {
  const sync = useStored(readSync);
  return (
    <p class="sync" role="status">
      <a class={sync?.state} href="#/copy">
        {sync && describe(sync)}
      </a>
    </p>
  );
}

function describe({ state, completeAt, received, expected }: Sync): string {
  if (state === 'current') return 'Up to date';
  if (state === 'offline') {
    return completeAt ? `Offline: what you see is from ${moment(completeAt)}` : 'Offline: not everything is here yet';
  }
  return completeAt || !expected ? 'Looking for changes…' : `Syncing ${Math.min(received, expected)} of ${expected}`;
}

function Tabs({ page }: { page: string }) {
  const saved = useStored(plan);
  const problems = saved ? saved.conflicts.length + saved.off.length + saved.gone.length : 0;
  const tab = (path: string) => ({ href: `#/${path}`, 'aria-current': page === path ? ('page' as const) : undefined });
  return (
    <nav>
      <a {...tab('')}>Schedule</a>
      <a {...tab('search')}>Search</a>
      <a {...tab('saved')}>
        My plan
        {problems > 0 && (
          <span class="badge" role="img" aria-label={`${problems} to look at`}>
            {problems}
          </span>
        )}
      </a>
    </nav>
  );
}
