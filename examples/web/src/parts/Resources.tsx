import { type FragmentType, graphql, readFragment } from '../gql';

const fragment = graphql(`
  fragment Resources_resource on Resource {
    id
    kind
    url
    title
  }
`);

const KINDS = {
  VIDEO: 'Watch',
  SLIDES: 'Slides',
  CODE: 'Code',
  PODCAST: 'Listen',
  PHOTO_ALBUM: 'Photos',
  ARTICLE: 'Read',
};

/** Recordings, slides and the like. */
export function Resources({ resources }: { resources: FragmentType<typeof fragment>[] }) {
  if (resources.length === 0) return null;
  return (
    <ul className="resources">
      {readFragment(fragment, resources).map(({ id, kind, url, title }) => (
        <li key={id}>
          <a href={url} className="button">
            {KINDS[kind]}
            {title && <span className="quiet">{title}</span>}
          </a>
        </li>
      ))}
    </ul>
  );
}
