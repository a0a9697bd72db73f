import { useQuery } from 'urql';
import { Link, Route, Switch, useLocation, useSearchParams } from 'wouter';

import { graphql } from './gql';
import { GROUP } from './group';
import { EventPage } from './pages/EventPage';
import { EventsPage } from './pages/EventsPage';
import { HomePage } from './pages/HomePage';
import { SearchPage } from './pages/SearchPage';
import { SpeakerPage } from './pages/SpeakerPage';
import { SponsorsPage } from './pages/SponsorsPage';
import { TalkPage } from './pages/TalkPage';
import { TalksPage } from './pages/TalksPage';
import { NotFound } from './parts/Page';

const query = graphql(`
  query Site($group: String!) {
    group(slug: $group) {
      id
      name
    }
  }
`);

const SECTIONS = { '/events': 'Events', '/talks': 'Talks', '/sponsors': 'Sponsors', '/search': 'Search' };

export function App() {
  const [{ data }] = useQuery({ query, variables: { group: GROUP } });
  const [here] = useLocation();
  const topic = useSearchParams()[0].get('topic');
  return (
    <>
      <a className="skip" href="#content">
        Skip to content
      </a>
      <header>
        <Link href="/" className="home">
          {data?.group?.name ?? 'Meetup'}
        </Link>
        <nav aria-label="Site">
          {Object.entries(SECTIONS).map(([path, name]) => (
            <Link key={path} href={path} aria-current={here === path ? 'page' : here.startsWith(`${path}/`)}>
              {name}
            </Link>
          ))}
        </nav>
      </header>
      <Switch>
        <Route path="/" component={HomePage} />
        <Route path="/events" component={EventsPage} />
        <Route path="/events/:slug">{({ slug }) => <EventPage key={slug} slug={slug} />}</Route>
        <Route path="/talks">{() => <TalksPage key={topic} topic={topic} />}</Route>
        <Route path="/talks/:slug">{({ slug }) => <TalkPage key={slug} slug={slug} />}</Route>
        <Route path="/speakers/:slug">{({ slug }) => <SpeakerPage key={slug} slug={slug} />}</Route>
        <Route path="/sponsors" component={SponsorsPage} />
        <Route path="/search" component={SearchPage} />
        <Route component={NotFound} />
      </Switch>
    </>
  );
}
