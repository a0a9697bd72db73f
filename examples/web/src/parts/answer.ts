import { useState } from 'react';
import { type AnyVariables, type UseQueryArgs, type UseQueryResponse, useQuery } from 'urql';

/** `useQuery`, but what was known before stays if asking again fails. */
export function useAnswer<Data, Variables extends AnyVariables>(
  args: UseQueryArgs<Variables, Data>,
): UseQueryResponse<Data, Variables> {
  const [answer, again] = useQuery(args);
  const [known, setKnown] = useState(answer.data);
  if (answer.data && answer.data !== known) setKnown(answer.data);
  return [{ ...answer, data: answer.data ?? known }, again];
}
