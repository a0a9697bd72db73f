import { type ReactNode, useEffect, useRef } from 'react';
import type { CombinedError, UseQueryExecute, UseQueryState } from 'urql';
import { Link, useLocation, useSearchParams } from 'wouter';

import { PAST_CACHES } from '../client';

/** Where people are, so that an arrival is told from a change on the spot. Undefined until the first page is there. */
let place: string | undefined;

interface PageProps {
  title: string;
  /** What stands above the title: the way back. */
  above?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** The frame of every page: its title, and the focus for those who cannot see that it is a new one. */
export function Page({ title, above, className = 'wide', children }: PageProps) {
  const [path] = useLocation();
  const [search] = useSearchParams();
  const heading = useRef<HTMLHeadingElement>(null);
  const here = [path, search.get('after'), search.get('before')].join(' ');
  useEffect(() => {
    if (place !== undefined && place !== here) heading.current?.focus({ preventScroll: true });
    place = here;
  }, [here]);
  return (
    <main id="content" tabIndex={-1} className={className}>
      <title>{title}</title>
      {above}
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </main>
  );
}

interface AnswerProps<Data> {
  answer: UseQueryState<Data>;
  again: UseQueryExecute;
  /** The page's title; none if the answer says that there is no such thing. */
  title: (data: Data) => string | null | undefined;
  above?: ReactNode;
  className?: string;
  children: (data: Data) => ReactNode;
}

/** A page of the answer to its query, and of what there is to say until it comes, if it fails, or if it is empty. */
export function AnswerPage<Data>({ answer, again, title, above, className = '', children }: AnswerProps<Data>) {
  const { data, error, fetching } = answer;
  const retry = () => again(PAST_CACHES);
  const name = data && title(data);
  if (!data || name == null) {
    // The address names what is not there, for instance a topic.
    if (error?.graphQLErrors.some(({ extensions }) => extensions.code === 'UNKNOWN_NAME')) return <NotFound />;
    // Where another error empties the field that the page is about, there is no telling whether the thing exists.
    if (error) {
      return (
        <Page title="That did not work">
          <Problem error={error} retry={retry} />
        </Page>
      );
    }
    return data ? <NotFound /> : <Loading />;
  }
  return (
    <Page title={name} above={above} className={`wide ${className}`}>
      {error && <Problem error={error} retry={retry} isStale />}
      <div aria-busy={fetching}>{children(data)}</div>
    </Page>
  );
}

/** A page that is not there yet: as high as the window, so that the foot of the site does not jump. */
export const Loading = () => (
  <Page title="Loading…" className="wide loading">
    {null}
  </Page>
);

/** What went wrong, and the way to try again. */
export function Problem({ error, retry, isStale }: { error: CombinedError; retry: () => void; isStale?: boolean }) {
  return (
    <div role="alert" className="problem">
      <p>
        {error.networkError
          ? 'The server does not answer.'
          : error.graphQLErrors.map(({ message }) => message).join(' ')}
        {isStale && ' What you see below was known before.'}
      </p>
      <button type="button" onClick={retry}>
        Try again
      </button>
    </div>
  );
}

/** The way back to the list that a page belongs to. */
export const Back = ({ href, children }: { href: string; children: string }) => (
  <p className="back">
    <Link href={href}>← {children}</Link>
  </p>
);

export function NotFound() {
  return (
    <Page title="Not found">
      <meta name="robots" content="noindex" />
      <p>There is nothing at this address. It may have moved: try the menu, or search for it.</p>
    </Page>
  );
}
