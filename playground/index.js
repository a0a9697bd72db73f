// Starts GraphiQL (its scripts come before this module) with our examples and transport.

import { linkedOperation, loadExamples, request, subscribe } from '/playground/graphql.js';

const { React, ReactDOM, GraphiQL, GraphiQLPluginExplorer } = globalThis;
const h = React.createElement;

const examples = await loadExamples().catch(() => []);

function isSubscription({ query, operationName }, { documentAST } = {}) {
  const operations = (documentAST ?? GraphiQL.GraphQL.parse(query)).definitions.filter(
    (definition) => definition.kind === 'OperationDefinition',
  );
  const chosen =
    operations.find((operation) => operation.name?.value === operationName) ?? operations[0];
  return chosen?.operation === 'subscription';
}

async function fetcher(params, options) {
  const headers = options?.headers ?? {};
  if (isSubscription(params, options)) return subscribe(params, headers);
  return (await request(params, headers)).result;
}

// The side panel that brings an example back after its tab was closed or changed.
function ExamplesPanel() {
  const editor = GraphiQL.React.useEditorContext({ nonNull: true });
  const { setVisiblePlugin } = GraphiQL.React.usePluginStore();
  const open = ({ query }) => {
    const opened = editor.tabs.findIndex((tab) => tab.query === query);
    if (opened === -1) editor.addTab();
    else editor.changeTab(opened);
    // On a phone the panel covers the editor.
    if (matchMedia('(max-width: 45rem)').matches) setVisiblePlugin(null);
    // The tab's editors are set while React renders: fill a new one after that.
    setTimeout(() => {
      if (opened === -1) {
        editor.queryEditor?.setValue(query);
        editor.variableEditor?.setValue('');
      }
      document.querySelector('.graphiql-tab-active')?.scrollIntoView({ block: 'nearest' });
    });
  };
  return h(
    'section',
    { className: 'examples', 'aria-label': 'Examples' },
    h('div', { className: 'graphiql-doc-explorer-title' }, 'Examples'),
    h('p', null, 'Each opens in a tab of its own; run it with Ctrl-Enter.'),
    h(
      'ul',
      null,
      examples.map((example) =>
        h(
          'li',
          { key: example.name },
          h('button', { type: 'button', onClick: () => open(example) }, example.title),
        ),
      ),
    ),
    h('h2', null, 'More'),
    h(
      'ul',
      null,
      h('li', null, h('a', { href: '/' }, 'About this server')),
      h('li', null, h('a', { href: '/schema.graphql' }, 'The schema as text')),
      h('li', null, h('a', { href: '/playground/fallback.html' }, 'The small page, without GraphiQL')),
    ),
  );
}

function ExamplesIcon() {
  return h(
    'svg',
    { height: '1em', viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', strokeWidth: 1.5 },
    h('path', { d: 'M4 5h16M4 12h16M4 19h10', strokeLinecap: 'round' }),
  );
}

const linked = linkedOperation();
const plugins = [
  { title: 'Examples', icon: ExamplesIcon, content: ExamplesPanel },
  GraphiQLPluginExplorer.explorerPlugin(),
];

ReactDOM.createRoot(document.getElementById('playground')).render(
  h(
    GraphiQL,
    {
      fetcher,
      plugins,
      defaultTabs: linked ? [linked] : examples.map(({ query }) => ({ query })),
      query: linked?.query,
      variables: linked?.variables,
      defaultQuery: '',
      defaultEditorToolsVisibility: false,
      shouldPersistHeaders: false,
    },
    h(GraphiQL.Logo, null, h('a', { className: 'logo', href: '/' }, 'Folkmoot')),
  ),
);
