import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

import type { Event, Person } from './operations';
import type { TalkRow } from './queries';
import { warning, when, whenGiven } from './time';

export const Notice = ({ children }: { children: ComponentChildren }) => <p class="notice">{children}</p>;

/** What is wrong with an event, if anything is. */
export function Warning({ event }: { event: Event }) {
  const text = warning(event);
  return text ? <Notice>{text}</Notice> : null;
}

/** A page under a heading, which is the window's title as well. */
export function Page({ title, children }: { title: string; children: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · Meetups`;
  }, [title]);
  return (
    <>
      <h1>{title}</h1>
      {children}
    </>
  );
}

export const Nothing = () => (
  <Page title="Not here">
    <p>This is not in the copy on your device: it was taken out of the programme, or has not arrived yet.</p>
  </Page>
);

export const EventLine = ({ event }: { event: Event }) => (
  <li class="line">
    <a href={`#/event/${event.id}`}>{event.name}</a>
    <span class="detail">{when(event)}</span>
    <Warning event={event} />
  </li>
);

export const titleOf = ({ talk, speakers }: TalkRow): string => talk.title ?? `A talk by ${namesOf(speakers)}`;

const namesOf = (people: Person[]) => people.map(({ name }) => name).join(', ') || 'somebody';

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

export const List = ({ title, children }: { title: string; children: ComponentChildren[] }) =>
  children.length > 0 ? (
    <section>
      <h2>{title}</h2>
      <ul>{children}</ul>
    </section>
  ) : null;
