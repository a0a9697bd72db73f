// The side panels of our own: the documentation, the guide and the examples.

import { documentation, followLinks, loadSubjects } from '/playground/docs.js';
import { execution } from '/playground/index.care.js';
import { TO_LISTEN, tellRun } from '/playground/index.status.js';

const { React, GraphiQL } = globalThis;
const h = React.createElement;

// --- documentation ---------------------------------------------------------------------------

// What is known of the schema: the fetcher, which hears of it, stands outside of React.
let known = { text: 'Reading the schema…' };
const listeners = new Set();

/** Tells the answer to GraphiQL's introspection. */
export async function tellSchema({ data, errors }) {
  known = data?.__schema
    ? documentation(data.__schema, await loadSubjects())
    : { text: `The schema cannot be read: ${errors?.[0]?.message ?? 'no answer'}` };
  for (const listener of listeners) listener();
}

function useKnown() {
  return React.useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => known,
  );
}

/** The documentation of the schema. GraphiQL leads to it from the names in the editor. */
export function docsPlugin() {
  return { title: 'Docs', icon: icon('M6 3h12v18H6zM9 8h6M9 12h6M9 16h3'), content: Docs };

  function Docs() {
    const { element, open, text } = useKnown();
    const { schemaReference } = GraphiQL.React.useSchemaStore();
    const place = React.useRef(null);
    React.useEffect(() => {
      if (!element) return undefined;
      place.current.replaceChildren(element);
      open(location.hash);
      return followLinks(open);
    }, [element]);
    React.useEffect(() => {
      const path = pathOf(schemaReference ?? {});
      if (path && open) open(`#type-${path}`);
    }, [schemaReference, element]);
    React.useEffect(() => {
      // The key that GraphiQL's list of keys names for it.
      const focus = (event) => {
        if (event.key !== 'k' || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        document.getElementById('find')?.focus();
      };
      addEventListener('keydown', focus);
      return () => removeEventListener('keydown', focus);
    }, []);
    return h('section', { className: 'panel', 'aria-label': 'Docs' }, h('h2', null, 'Docs'), text, h('div', { ref: place }));
  }
}

/** `Event.name`, from what GraphiQL calls the reference. */
function pathOf({ kind, type, field, value }) {
  const name = type && GraphiQL.GraphQL.getNamedType(type).name;
  if (kind === 'Type') return name;
  if (kind === 'EnumValue') return `${name}.${value.name}`;
  return field && name ? `${name}.${field.name}` : undefined;
}

// --- guide and examples ----------------------------------------------------------------------

/** The guide, whose links lead to the documentation and whose buttons to the examples. */
export function guidePlugin(page, examples) {
  return { title: 'Guide', icon: icon('M4 5c3-1 6 0 8 1.5 2-1.5 5-2.5 8-1.500v14c-3-1-6 0-8 1.5-2-1.5-5-2.5-8-1.500zM12 6.500v14'), content: Guide };

  function Guide() {
    const open = useExample();
    const { setVisiblePlugin } = GraphiQL.React.usePluginStore();
    const follow = ({ target }) => {
      const { example } = target.closest('[data-example]')?.dataset ?? {};
      if (example) open(examples.find(({ name }) => name === example));
      if (target.closest('a[href^="#type-"]')) setVisiblePlugin('Docs');
    };
    return h(
      'section',
      { className: 'panel', 'aria-label': 'Guide' },
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
    const { tabs, activeTabIndex } = GraphiQL.React.useEditorContext({ nonNull: true });
    const sections = [...new Set(examples.map(({ section }) => section))];
    const button = (example) =>
      h(
        'li',
        { key: example.name },
        h(
          'button',
          {
            type: 'button',
            'aria-current': tabs[activeTabIndex].query === example.query ? 'true' : undefined,
            onClick: () => open(example),
          },
          example.title,
        ),
      );
    const link = (href, text) => h('li', null, h('a', { href }, text));
    return h(
      'section',
      { className: 'panel', 'aria-label': 'Examples' },
      h('h2', null, 'Examples'),
      examples.length === 0 && h('p', null, 'This server has no data yet, or does not answer.'),
      sections.map((section) =>
        h(
          React.Fragment,
          { key: section },
          h('h3', null, section),
          h('ul', { className: 'choices' }, examples.filter((example) => example.section === section).map(button)),
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

/** Opens an example in its tab, or in a new one, and runs it unless it listens. */
function useExample() {
  const editor = GraphiQL.React.useEditorContext({ nonNull: true });
  const { setVisiblePlugin } = GraphiQL.React.usePluginStore();
  return ({ query, variables, isLive }) => {
    execution.stop();
    const opened = editor.tabs.findIndex((tab) => tab.query === query);
    if (opened === -1) editor.addTab();
    else editor.changeTab(opened);
    // On a phone the panel covers the editor.
    if (matchMedia('(max-width: 45rem)').matches) setVisiblePlugin(null);
    // The tab's editors are set while React renders: fill them after that, and run when they are filled.
    setTimeout(() => {
      if (opened === -1) editor.queryEditor?.setValue(query);
      // Also in a tab from an earlier visit: the server may have other ids by now.
      editor.variableEditor?.setValue(variables);
      document.querySelector('.graphiql-tab-active')?.scrollIntoView({ block: 'nearest' });
      setTimeout(() => (isLive ? tellRun(TO_LISTEN) : execution.run()));
    });
  };
}

function icon(path) {
  return () =>
    h(
      'svg',
      { height: '1em', viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', strokeWidth: 1.5 },
      h('path', { d: path, strokeLinecap: 'round', strokeLinejoin: 'round' }),
    );
}
