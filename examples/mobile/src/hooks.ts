import { useEffect, useState } from 'preact/hooks';

import { type Database, database, onChange } from './store';

/** What a reading of the copy gives, read again whenever the copy changes; undefined until it is there. */
export function useStored<T>(read: (db: Database) => Promise<T>, inputs: unknown[] = []): T | undefined {
  const [value, setValue] = useState<T>();
  useEffect(() => {
    let latest = 0;
    const load = async () => {
      const turn = ++latest;
      const loaded = await read(await database);
      if (turn === latest) setValue(() => loaded);
    };
    void load();
    const stop = onChange(() => void load());
    return () => {
      latest = NaN;
      stop();
    };
  }, inputs);
  return value;
}

/** How many pages of the app lie behind this one in the history of the window. */
let depth: number = history.state?.depth ?? 0;

/** A page that was there before knows its depth; a new one is a step deeper. */
function noteDepth(): void {
  depth = history.state?.depth ?? depth + 1;
  history.replaceState({ depth }, '');
}

/** Goes back to where somebody came from; an app that was opened at this page goes where the link leads. */
export function goBack(event: MouseEvent): void {
  if (depth === 0) return;
  event.preventDefault();
  history.back();
}

/** The parts of the address behind the `#`: `#/talk/ID` is `['talk', 'ID']`. */
export function useRoute(): string[] {
  const read = () => location.hash.split('/').slice(1).map(decode);
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const follow = () => {
      noteDepth();
      setRoute(read());
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}

/** A part of an address that somebody cut off or typed may be no encoding of anything: it is taken as it is. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
