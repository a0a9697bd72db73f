import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect } from 'preact/hooks';

import { when } from './date';
import { goBack } from './hooks';
import type { Event, Person, Talk } from './operations';
import type { TalkRow } from './queries';
import { save, unsave } from './store';
import { warning, whenGiven } from './time';

export const Notice = ({ children }: { children: ComponentChildren }) => <p class="notice">{children}</p>;

/** What is wrong with an event, if anything is. */
export function Warning({ event }: { event: Event }) {
  const text = warning(event);
  return text ? <Notice>{text}</Notice> : null;
}

/** The name of the group, or of the app where it shows several. */
export const AppName = createContext('');

type PageProps = { title: string; isDetail?: boolean; children: ComponentChildren };

/** A page under a heading, which is the window's title as well; a page of details has a way back. */
export function Page({ title, isDetail, children }: PageProps) {
  const name = useContext(AppName);
  useEffect(() => {
    document.title = `${title} · ${name}`;
  }, [title, name]);
  return (
    <>
      {isDetail && (
        <a class="back" href="#/" onClick={goBack}>
          <span aria-hidden="true">‹</span> Back
        </a>
      )}
      <h1>{title}</h1>
      {children}
    </>
  );
}

export const Nothing = () => (
  <Page title="Not here" isDetail>
    <p>This is not in the copy on your device: it was taken out of the programme, or has not arrived yet.</p>
  </Page>
);

/** How to attend, where that is not just by being there. */
export const MODES = { OFFLINE: '', ONLINE: 'Online', MIXED: 'In the room and online' };

export const EventLine = ({ event }: { event: Event }) => (
  <li class="line">
    <a href={`#/event/${event.id}`}>{event.name}</a>
    <span class="detail">{when(event)}</span>
    {MODES[event.attendanceMode] && <span class="detail">{MODES[event.attendanceMode]}</span>}
    <Warning event={event} />
  </li>
);

export const titleOf = ({ talk, speakers }: TalkRow): string => talk.title ?? `A talk by ${namesOf(speakers)}`;

export const namesOf = (people: Person[]) => people.map(({ name }) => name).join(', ') || 'somebody';

export const TalkLine = ({ row, withEvent = true }: { row: TalkRow; withEvent?: boolean }) => (
  <li class="line">
    <a href={`#/talk/${row.talk.id}`}>{titleOf(row)}</a>
    {row.speakers.length > 0 && <span class="detail">{namesOf(row.speakers)}</span>}
    {withEvent && row.event && (
      <span class="detail">
        {row.event.name}, {whenGiven({ talk: row.talk, event: row.event })}
      </span>
    )}
    {withEvent && row.event && <Warning event={row.event} />}
    {row.talk.talkStatus === 'CANCELLED' && row.event?.status !== 'CANCELLED' && (
      <Notice>This talk was called off</Notice>
    )}
  </li>
);

/** Takes something into the plan, or out of it. */
export const SaveButton = ({ node, isSaved }: { node: Event | Talk; isSaved: boolean }) => (
  <p>
    <button type="button" class={isSaved ? 'saved' : ''} onClick={() => (isSaved ? unsave(node.id) : save(node))}>
      {isSaved ? 'Remove from My plan' : 'Save in My plan'}
    </button>
  </p>
);

export const List = ({ title, children }: { title: string; children: ComponentChildren[] }) =>
  children.length > 0 ? (
    <section>
      <h2>{title}</h2>
      <ul>{children}</ul>
    </section>
  ) : null;
