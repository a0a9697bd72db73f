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

/** Asks the API; a server that says when to try again is asked again then. */
export async function request<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: document.toString(), variables }),
  });
  const wait = response.headers.get('retry-after');
  if (wait !== null) {
    await new Promise((resolve) => setTimeout(resolve, Number(wait) * 1000));
    return request(document, variables);
  }
  return dataOf((await response.json()) as Answer<Data>);
}

/** The data of an answer; an error instead if a part of it failed. */
export function dataOf<Data>({ data, errors }: Answer<Data>): Data {
  const [error] = errors ?? [];
  if (error) throw new ApiError(error.message, error.extensions?.code);
  return data;
}
