import { Link, useSearchParams } from 'wouter';

import { type FragmentType, graphql, readFragment } from '../gql';

const fragment = graphql(`
  fragment Pager_pageInfo on PageInfo {
    hasNextPage
    hasPreviousPage
    startCursor
    endCursor
  }
`);

/** The arguments of the page of a list that the address names. */
export function usePage(size: number) {
  const [search] = useSearchParams();
  const before = search.get('before');
  return before ? { last: size, before } : { first: size, after: search.get('after') };
}

/** Links to the pages before and after this one. */
export function Pager({ pageInfo }: { pageInfo: FragmentType<typeof fragment> }) {
  const { hasPreviousPage, hasNextPage, startCursor, endCursor } = readFragment(fragment, pageInfo);
  const [search] = useSearchParams();
  const address = (name: 'after' | 'before', cursor: string) => {
    const there = new URLSearchParams(search);
    there.delete('after');
    there.delete('before');
    there.set(name, cursor);
    return `?${there}`;
  };
  if (!hasPreviousPage && !hasNextPage) return null;
  return (
    <nav aria-label="Pages" className="pager">
      {hasPreviousPage && startCursor && (
        <Link href={address('before', startCursor)} rel="prev">
          ← Previous
        </Link>
      )}
      {hasNextPage && endCursor && (
        <Link href={address('after', endCursor)} rel="next">
          Next →
        </Link>
      )}
    </nav>
  );
}
