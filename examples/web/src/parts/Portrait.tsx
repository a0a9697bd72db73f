import { type FragmentType, graphql, readFragment } from '../gql';

const fragment = graphql(`
  fragment Portrait_person on Person {
    id
    name
    avatar {
      url
      alt
    }
  }
`);

interface Props {
  person: FragmentType<typeof fragment>;
  /** In CSS pixels. */
  size: number;
  /** Beside the person's name the picture says nothing new, so it is not read out. */
  isDecoration?: boolean;
}

/** The picture of a person, or the initials if there is none. */
export function Portrait({ person, size, isDecoration = false }: Props) {
  const { name, avatar } = readFragment(fragment, person);
  if (avatar) {
    const alt = isDecoration ? '' : avatar.alt;
    return <img src={avatar.url} alt={alt} width={size} height={size} className="portrait" loading="lazy" />;
  }
  const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  const initials = [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map((word) => Array.from(word ?? '')[0])
    .join('');
  return (
    <svg viewBox="0 0 48 48" width={size} height={size} className="portrait" aria-hidden="true">
      <rect width="48" height="48" fill="var(--chosen)" />
      <text x="24" y="30.5" textAnchor="middle" fontSize="17" fontWeight="600" fill="var(--accent)">
        {initials.toUpperCase()}
      </text>
    </svg>
  );
}
