import { useQuery } from 'urql';
import { Link, Route, Switch, useLocation, useSearchParams } from 'wouter';

import { graphql } from './gql';
import { useGroup } from './group';
import { EventPage } from './pages/EventPage';
import { EventsPage } from './pages/EventsPage';
import { HomePage } from './pages/HomePage';
import { SearchPage } from './pages/SearchPage';
import { SpeakerPage } from './pages/SpeakerPage';
import { SpeakersPage } from './pages/SpeakersPage';
import { SponsorsPage } from './pages/SponsorsPage';
import { TalkPage } from './pages/TalkPage';
import { TalksPage } from './pages/TalksPage';
import { NotFound } from './parts/Page';

const query = graphql(`
  query Site($group: String!) {
    group(slug: $group) {
      id
      name
      website
    }
  }
`);

const SECTIONS = {
  '/events': 'Events',
  '/talks': 'Talks',
  '/speakers': 'Speakers',
  '/sponsors': 'Sponsors',
  '/search': 'Search',
};

export function App() {
  const [{ data }] = useQuery({ query, variables: { group: useGroup() } });
  const [here] = useLocation();
  const topic = useSearchParams()[0].get('topic');
  const name = data?.group?.name ?? 'Meetup';
  const website = data?.group?.website;
  return (
    <>
      <a className="skip" href="#content">
        Skip to content
      </a>
      <header className="site">
        <div className="wide">
          <Link href="/" className="home">
            <Mark />
            {name}
          </Link>
          <nav aria-label="Site">
            {Object.entries(SECTIONS).map(([path, name]) => (
              <Link key={path} href={path} aria-current={here === path ? 'page' : here.startsWith(`${path}/`)}>
                {name}
              </Link>
            ))}
          </nav>
        </div>
      </header>
      <Switch>
        <Route path="/" component={HomePage} />
        <Route path="/events" component={EventsPage} />
        <Route path="/events/:slug">{({ slug }) => <EventPage key={slug} slug={slug} />}</Route>
        <Route path="/talks">{() => <TalksPage key={topic} topic={topic} />}</Route>
        <Route path="/talks/:slug">{({ slug }) => <TalkPage key={slug} slug={slug} />}</Route>
        <Route path="/speakers" component={SpeakersPage} />
        <Route path="/speakers/:slug">{({ slug }) => <SpeakerPage key={slug} slug={slug} />}</Route>
        <Route path="/sponsors" component={SponsorsPage} />
        <Route path="/search" component={SearchPage} />
        <Route component={NotFound} />
      </Switch>
      <footer className="site">
        <div className="wide">
          <span>{name}</span>
          {website && <a href={website}>{new URL(website).host}</a>}
          <span className="quiet">The data comes from a Folkmoot server.</span>
        </div>
      </footer>
    </>
  );
}

/** The sign of the site: people who meet. */
function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <circle cx="16" cy="16" r="16" fill="var(--accent)" />
      <g fill="var(--on-accent)">
        <circle cx="16" cy="9" r="3.5" />
        <circle cx="9" cy="20" r="3.5" />
        <circle cx="23" cy="20" r="3.5" />
      </g>
    </svg>
  );
}
