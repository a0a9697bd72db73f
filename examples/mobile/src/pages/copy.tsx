import { useStored } from '../hooks';
import { Page } from '../parts';
import { copySize } from '../queries';
import { readSync } from '../store';
import { moment } from '../time';

/** What the device keeps, and since when. */
export function CopyPage() {
  const size = useStored(copySize);
  const sync = useStored(readSync);
  if (!size || !sync) return null;
  return (
    <Page title="On this device" isDetail>
      <p>
        Events: {size.events}, talks: {size.talks}, people: {size.people}, venues: {size.venues}, groups: {size.groups}.
        With the app itself that is about {size.megabytes.toFixed(1)} MB, and it opens without a network.
      </p>
      {sync.completeAt && <p>Last known to be complete: {moment(sync.completeAt)}.</p>}
      <p>
        Your plan is kept on this device only. The browser deletes it with the other data of this site, and may do so by
        itself if space runs out and you have not installed the app.
      </p>
    </Page>
  );
}
