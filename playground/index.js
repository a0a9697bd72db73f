// Starts GraphiQL (its scripts come before this module) with our examples, guide, documentation and transport.

import { linkedOperation, loadExamples, loadGuide, request, subscribe, withoutCost } from '/playground/graphql.js';
import { useCare } from '/playground/index.care.js';
import { adoptColours } from '/playground/index.colours.js';
import { docsPlugin, examplesPlugin, guidePlugin, tellSchema } from '/playground/index.panels.js';
import { CopyLink, StatusBar, chosenOperation, tellRun } from '/playground/index.status.js';

const { React, ReactDOM, GraphiQL, GraphiQLPluginExplorer } = globalThis;
const h = React.createElement;

adoptColours();
const examples = await loadExamples().catch(() => []);
const guide = await loadGuide(examples);

async function fetcher(params, { headers = {} } = {}) {
  // GraphiQL's own question for the schema.
  if (params.operationName === 'IntrospectionQuery') {
    const { result } = await request(params, headers);
    tellSchema(result);
    return result;
  }
  const { operationName, ...rest } = params;
  const chosen = chosenOperation(params);
  // Who runs at once after another tab was opened still gets the operation of the tab before: leave that out.
  const measured = { ...(chosen?.name?.value === operationName ? params : rest), extensions: { cost: true } };
  if (chosen?.operation === 'subscription') return listen(measured, headers);
  tellRun('Running…');
  try {
    const { result, text } = await withoutCost((await request(measured, headers)).result);
    tellRun(text);
    return result;
  } catch (error) {
    tellRun('The server did not answer.');
    throw error;
  }
}

function listen(params, headers) {
  const results = subscribe(params, headers);
  let came = 0;
  const tell = (ended) => {
    const what = came === 0 ? `nothing came${ended ? '' : ' yet'}` : `${came} came, the last is shown`;
    tellRun(`${ended ? 'Ended:' : 'Listening…'} ${what}.`);
  };
  tell(false);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const { done, value } = await results.next();
      if (!done) came += 1;
      tell(done);
      return done ? { done, value } : { done, value: (await withoutCost(value)).result };
    },
    return: () => results.return(),
  };
}

const linked = linkedOperation();
const isFirstVisit = localStorage.getItem('graphiql:tabState') === null;

/** Our part inside of GraphiQL: nothing to see. */
function Care() {
  useCare({ linked, isFirstVisit, examples });
  return null;
}

/** The browser's storage, but for the headers in GraphiQL's history, where they would stay whatever was chosen. */
const storage = new Proxy(localStorage, {
  get(target, name) {
    if (name === 'setItem') return (key, value) => target.setItem(key, withoutHeaders(key, value));
    // Of this origin, only GraphiQL's own is GraphiQL's to clear.
    if (name === 'clear') return () => ownKeys(target).forEach((key) => target.removeItem(key));
    return typeof target[name] === 'function' ? target[name].bind(target) : target[name];
  },
});

function ownKeys(target) {
  return Object.keys(target).filter((key) => key.startsWith('graphiql:'));
}

function withoutHeaders(key, value) {
  if (!['graphiql:queries', 'graphiql:favorites'].includes(key)) return value;
  return JSON.stringify(JSON.parse(value), (name, inner) => (name === 'headers' ? undefined : inner));
}

// GraphiQL keeps headers anew at each start unless it is told what was chosen before.
const keepsHeaders = localStorage.getItem('graphiql:shouldPersistHeaders') !== 'false';

const { query, variables } = linked ?? examples[0] ?? { query: '{ __typename }', variables: '' };

ReactDOM.createRoot(document.getElementById('playground')).render(
  h(
    GraphiQL,
    {
      fetcher,
      storage,
      plugins: [examplesPlugin(examples), guidePlugin(guide, examples), GraphiQLPluginExplorer.explorerPlugin()],
      referencePlugin: docsPlugin(),
      defaultTabs: [{ query, variables }],
      query: linked?.query,
      variables: linked?.variables,
      defaultQuery: '',
      defaultEditorToolsVisibility: false,
      schemaDescription: true,
      shouldPersistHeaders: keepsHeaders,
      showPersistHeadersSettings: true,
    },
    h(
      GraphiQL.Logo,
      null,
      h('a', { className: 'logo', href: '/' }, h('img', { src: '/playground/icon.svg', alt: '', width: 24, height: 24 }), 'Folkmoot'),
    ),
    h(GraphiQL.Toolbar, null, ({ prettify, merge, copy }) =>
      h(React.Fragment, null, prettify, merge, copy, h(CopyLink)),
    ),
    h(GraphiQL.Footer, null, h(StatusBar)),
    h(Care),
  ),
);
