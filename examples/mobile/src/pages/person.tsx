import { useStored } from '../hooks';
import { List, Nothing, Page, TalkLine } from '../parts';
import { personDetails } from '../queries';

export function PersonPage({ id }: { id: string }) {
  const found = useStored((db) => personDetails(db, id), [id]);
  if (found === undefined) return null;
  if (found === null) return <Nothing />;
  const { person, talks } = found;
  return (
    <Page title={person.name} isDetail>
      {person.pronouns && <p class="detail">{person.pronouns}</p>}
      {person.bio && <p class="prose">{person.bio}</p>}
      <List title="Talks">
        {talks.map((row) => (
          <TalkLine key={row.talk.id} row={row} />
        ))}
      </List>
      <List title="Elsewhere">
        {person.links.map(({ kind, url }) => (
          <li key={url} class="line">
            <a href={url}>{kind}</a>
          </li>
        ))}
      </List>
    </Page>
  );
}
