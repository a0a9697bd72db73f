import { partialDate } from '../date';
import { useStored } from '../hooks';
import { EventLine, Nothing, Notice, Page, SaveButton, titleOf } from '../parts';
import { talkDetails } from '../queries';

const KINDS = {
  VIDEO: 'Recording',
  SLIDES: 'Slides',
  CODE: 'Code',
  PODCAST: 'Podcast',
  PHOTO_ALBUM: 'Photos',
  ARTICLE: 'To read',
};

export function TalkPage({ id }: { id: string }) {
  const found = useStored((db) => talkDetails(db, id), [id]);
  if (found === undefined) return null;
  if (found === null) return <Nothing />;
  const { talk, event, speakers, isSaved } = found;
  return (
    <Page title={titleOf(found)} isDetail>
      {talk.talkStatus === 'CANCELLED' && event?.status !== 'CANCELLED' && <Notice>This talk was called off</Notice>}
      <SaveButton node={talk} isSaved={isSaved} />
      <ul>
        {event && <EventLine event={event} />}
        {speakers.map((person) => (
          <li key={person.id} class="line">
            <a href={`#/person/${person.id}`}>{person.name}</a>
            <span class="detail">{talk.speakers.find((speaker) => speaker.person.id === person.id)?.affiliation}</span>
          </li>
        ))}
      </ul>
      {!event && (
        <p class="detail">{talk.heldOn ? partialDate(talk.heldOn) : 'Nobody noted at which event it was given.'}</p>
      )}
      {talk.abstract && <p class="prose">{talk.abstract}</p>}
      <ul>
        {talk.resources.map(({ kind, url, title }) => (
          <li key={url} class="line">
            <a href={url}>{title ?? KINDS[kind]}</a>
          </li>
        ))}
      </ul>
    </Page>
  );
}
