// Below the editors: what the query may cost, what the last run did cost, whether headers are kept. And the link to it all.

import { foretell, shareLink } from '/playground/graphql.js';

const { React, GraphiQL } = globalThis;
const h = React.createElement;

/** How long the hands rest before the server is asked what the query may cost. */
const PAUSE = 500;

/** What is told of a subscription that nobody has started. */
export const TO_LISTEN = 'This listens for changes. Press ▶ or Ctrl-Enter to begin.';

/** The operation that runs: the one of that name, else the first; undefined where nothing is whole yet. */
export function chosenOperation({ query, operationName }) {
  let document;
  try {
    document = GraphiQL.GraphQL.parse(query);
  } catch {
    return undefined;
  }
  const operations = document.definitions.filter(({ kind }) => kind === 'OperationDefinition');
  return operations.find(({ name }) => name?.value === operationName) ?? operations[0];
}

// What is told about the last run. The fetcher stands outside of React.
let told = '';
const listeners = new Set();

/** Tells what became of the last run. */
export function tellRun(text) {
  told = text;
  for (const listener of listeners) listener();
}

function useToldRun() {
  return React.useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => told,
  );
}

/** What the operation of the open tab may cost; nothing while it is not whole. */
function useForetold({ query, variables, operationName }, headers) {
  const [foretold, setForetold] = React.useState({ failed: false, text: '' });
  React.useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      // Variables that are no JSON yet are nothing to ask with.
      const asked = await ask({ query, variables, operationName }, headers, abort.signal).catch(() => null);
      if (!abort.signal.aborted) setForetold(asked ?? { failed: false, text: '' });
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [query, variables, operationName, headers]);
  return foretold;
}

async function ask(tab, headers, signal) {
  const chosen = chosenOperation(tab);
  if (!chosen) return null;
  const params = { query: tab.query, variables: JSON.parse(tab.variables?.trim() || '{}') };
  if (chosen.name) params.operationName = chosen.name.value;
  return foretell(params, chosen.operation === 'subscription', JSON.parse(headers?.trim() || '{}'), signal);
}

/** The bar; screen readers hear what changes in it when they are done speaking. */
export function StatusBar() {
  const { tabs, activeTabIndex, shouldPersistHeaders } = GraphiQL.React.useEditorContext({ nonNull: true });
  const tab = tabs[activeTabIndex];
  const run = useToldRun();
  const foretold = useForetold(tab, tab.headers);
  React.useEffect(() => tellRun(''), [tab.id]);
  return h(
    'div',
    { className: 'status' },
    h('span', { role: 'status', className: foretold.failed ? 'failed' : undefined, 'data-told': 'before' }, foretold.text),
    h('span', { role: 'status', 'data-told': 'after' }, run),
    tab.headers?.trim() &&
      h(
        'span',
        { className: 'kept' },
        shouldPersistHeaders
          ? 'Headers are kept in this browser; Settings can turn that off.'
          : 'Headers go when the page is closed; Settings can keep them.',
      ),
  );
}

/** Puts the operation into the address. */
export function CopyLink() {
  const { queryEditor, variableEditor } = GraphiQL.React.useEditorContext({ nonNull: true });
  const share = async () => {
    const { operations = [], operationName } = queryEditor;
    tellRun(
      await shareLink({
        query: queryEditor.getValue(),
        variables: variableEditor.getValue(),
        operationName: operations.length > 1 ? operationName : undefined,
      }),
    );
  };
  return h(
    GraphiQL.React.ToolbarButton,
    { label: 'Copy link', onClick: share },
    h(
      'svg',
      { className: 'graphiql-toolbar-icon', viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', strokeWidth: 1.5, 'aria-hidden': true },
      h('path', { d: 'M10 14a4 4 0 0 0 6 0l4-4a4.2 4.2 0 0 0-6-6l-2 2M14 10a4 4 0 0 0-6 0l-4 4a4.2 4.2 0 0 0 6 6l2-2', strokeLinecap: 'round' }),
    ),
  );
}
