import type { TypedDocumentString } from './gql/graphql';

/** What the server says went wrong. `code` is the word for programs: docs/errors.md lists them. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: string | undefined,
  ) {
    super(message);
  }
}

type Answer<Data> = { data: Data; errors?: { message: string; extensions?: { code?: string } }[] };

/** Asks the API; a server that is busy is asked once more when it says, or else it is an error. */
export async function request<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const body = JSON.stringify({ query: document.toString(), variables });
  let response = await post(body);
  if (response.status === 429 || response.status === 503) {
    const wait = pauseOf(response);
    await new Promise((resolve) => setTimeout(resolve, wait));
    response = await post(body);
  }
  return dataOf((await response.json()) as Answer<Data>);
}

const post = (body: string) =>
  fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body });

/** How long to wait, in milliseconds: never so long that the app seems dead, whatever the server says. */
function pauseOf({ headers }: Response): number {
  const seconds = headers.get('retry-after') ?? '';
  return /^\d+$/.test(seconds) ? Math.min(Number(seconds), 30) * 1000 : 3000;
}

/** The data of an answer; an error instead if a part of it failed. */
export function dataOf<Data>({ data, errors }: Answer<Data>): Data {
  const [error] = errors ?? [];
  if (error) throw new ApiError(error.message, error.extensions?.code);
  return data;
}
