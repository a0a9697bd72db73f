import { type FragmentType, graphql, readFragment } from '../gql';
import { word } from './words';

const fragment = graphql(`
  fragment Resources_resource on Resource {
    id
    kind
    url
    title
  }
`);

/** Recordings, slides and the like. */
export function Resources({ resources }: { resources: FragmentType<typeof fragment>[] }) {
  if (resources.length === 0) return null;
  return (
    <ul className="row">
      {readFragment(fragment, resources).map(({ id, kind, url, title }) => (
        <li key={id}>
          <a href={url}>{title ?? word(kind)}</a>
        </li>
      ))}
    </ul>
  );
}
