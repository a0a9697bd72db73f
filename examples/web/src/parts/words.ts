/** `CO_HOST` as people write it: `Co host`. */
export const word = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).toLowerCase().replaceAll('_', ' ');

const SITES: Record<string, string> = { github: 'GitHub', gitlab: 'GitLab', linkedin: 'LinkedIn', youtube: 'YouTube' };

/** What to call a link of a person: by the site, as that writes itself. */
export const site = (kind: string) => SITES[kind.toLowerCase()] ?? word(kind);

/** Several things in a sentence: `a, b and c`. */
export const list = (things: string[]) => new Intl.ListFormat('en-GB').format(things);

/** A number and what it counts. */
export const count = (number: number, one: string, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
