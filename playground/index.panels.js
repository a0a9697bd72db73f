// The side panels of our own: the guide and the examples.

const { React, GraphiQL } = globalThis;
const h = React.createElement;

/** The guide, whose links lead to the documentation and whose buttons to the examples. */
export function guidePlugin(page, examples) {
  return { title: 'Guide', icon: icon('M4 5c3-1 6 0 8 1.5 2-1.5 5-2.5 8-1.500v14c-3-1-6 0-8 1.5-2-1.5-5-2.5-8-1.500zM12 6.500v14'), content: Guide };

  function Guide() {
    const open = useExample();
    const { setVisiblePlugin } = GraphiQL.React.usePluginStore();
    const { schema, setSchemaReference } = GraphiQL.React.useSchemaStore();
    const follow = (event) => {
      const { example } = event.target.closest('[data-example]')?.dataset ?? {};
      if (example) open(examples.find(({ name }) => name === example));
      const name = event.target.closest('[href^="#type-"]')?.hash.slice('#type-'.length);
      const type = name && schema?.getType(name);
      if (!name) return;
      event.preventDefault();
      if (!type) return;
      setSchemaReference({ kind: 'Type', type });
      setVisiblePlugin('Documentation Explorer');
    };
    return h(
      'section',
      { className: 'guide', 'aria-label': 'Guide' },
      h('h2', null, 'Guide'),
      h('div', { onClick: follow, dangerouslySetInnerHTML: { __html: page.innerHTML } }),
    );
  }
}

/** The examples, each of which comes back after its tab was closed or changed. */
export function examplesPlugin(examples) {
  return { title: 'Examples', icon: icon('M4 5h16M4 12h16M4 19h10'), content: Examples };

  function Examples() {
    const open = useExample();
    const link = (href, text) => h('li', null, h('a', { href }, text));
    return h(
      'section',
      { className: 'guide', 'aria-label': 'Examples' },
      h('h2', null, 'Examples'),
      h('p', null, 'Each opens in a tab of its own.'),
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
      h('h3', null, 'More'),
      h(
        'ul',
        null,
        link('/', 'About this server'),
        link('/schema.graphql', 'The schema as text'),
        link('/playground/fallback.html', 'The small page, without GraphiQL'),
      ),
    );
  }
}

/** Opens an example in its tab, or in a new one. */
function useExample() {
  const editor = GraphiQL.React.useEditorContext({ nonNull: true });
  const { setVisiblePlugin } = GraphiQL.React.usePluginStore();
  return ({ query, variables }) => {
    const opened = editor.tabs.findIndex((tab) => tab.query === query);
    if (opened === -1) editor.addTab();
    else editor.changeTab(opened);
    // On a phone the panel covers the editor.
    if (matchMedia('(max-width: 45rem)').matches) setVisiblePlugin(null);
    // The tab's editors are set while React renders: fill a new one after that.
    setTimeout(() => {
      if (opened === -1) {
        editor.queryEditor?.setValue(query);
        editor.variableEditor?.setValue(variables);
      }
      document.querySelector('.graphiql-tab-active')?.scrollIntoView({ block: 'nearest' });
    });
  };
}

function icon(path) {
  return () =>
    h(
      'svg',
      { height: '1em', viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', strokeWidth: 1.5 },
      h('path', { d: path, strokeLinecap: 'round' }),
    );
}
