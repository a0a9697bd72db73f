import { useState } from 'react';
import { type AnyVariables, type UseQueryArgs, type UseQueryResponse, useQuery } from 'urql';

/** `useQuery`, but what was known before stays if asking the same again fails. */
export function useAnswer<Data, Variables extends AnyVariables>(
  args: UseQueryArgs<Variables, Data>,
): UseQueryResponse<Data, Variables> {
  const [answer, again] = useQuery(args);
  const [known, setKnown] = useState(answer);
  if (answer.data && answer.data !== known.data) setKnown(answer);
  const isSame = answer.operation?.key === known.operation?.key;
  return [{ ...answer, data: answer.data ?? (isSame ? known.data : undefined) }, again];
}
