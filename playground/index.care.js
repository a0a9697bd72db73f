// What GraphiQL leaves undone for the keyboard, for screen readers and for headers that are kept.

import { TO_LISTEN, chosenOperation, tellRun } from '/playground/index.status.js';

const { React, GraphiQL } = globalThis;

/** While this is on top, Tab moves the focus instead of indenting. */
const LEAVING = { Tab: false, 'Shift-Tab': false };

/** Presses one of GraphiQL's buttons, if it is there: its panes have no other handle. */
function press(label) {
  document.querySelector(`button[aria-label="${label}"]`)?.click();
}

/** GraphiQL's `run` and `stop` as they are now, for those who need them after React has rendered. */
export const execution = { run() {}, stop() {} };

/** Takes care of the editors, the tabs and the side panel. `linked` is the operation of a link, if there is one. */
export function useCare({ linked, isFirstVisit, examples }) {
  const editor = GraphiQL.React.useEditorContext({ nonNull: true });
  const { queryEditor, variableEditor, headerEditor, responseEditor, tabs, activeTabIndex } = editor;

  const { plugins } = GraphiQL.React.usePluginStore();
  const { run, stop } = GraphiQL.React.useExecutionContext({ nonNull: true });
  Object.assign(execution, { run, stop });

  useEditor(queryEditor, 'Query');
  useEditor(variableEditor, 'Variables');
  useEditor(headerEditor, 'Headers');
  useEditor(responseEditor, 'Answer');

  React.useEffect(() => {
    if (!queryEditor || !linked?.operationName) return;
    editor.setOperationName(linked.operationName);
    // Ctrl-Enter runs the operation at the caret.
    const chosen = chosenOperation(linked);
    if (chosen) queryEditor.setCursor(queryEditor.posFromIndex(chosen.loc.start));
  }, [queryEditor]);

  // A linked operation and an example that nobody has changed run by themselves, unless they listen.
  const isReady = Boolean(queryEditor && variableEditor && headerEditor && responseEditor);
  React.useEffect(() => {
    const { query } = tabs[activeTabIndex];
    const opened = linked ?? examples.find((example) => example.query === query);
    const kind = opened && chosenOperation(opened)?.operation;
    if (!isReady) return;
    if (kind === 'query') setTimeout(() => execution.run());
    if (kind === 'subscription') tellRun(TO_LISTEN);
  }, [isReady]);

  React.useEffect(() => {
    // On a phone a panel would cover the editor, and who follows a link came for something else.
    if (isFirstVisit && !linked && matchMedia('(min-width: 60rem)').matches && plugins.length) press('Show Examples');
  }, [plugins.length]);

  const { id, variables } = tabs[activeTabIndex];
  React.useEffect(() => {
    if (variables?.trim()) press('Show editor tools');
  }, [id, Boolean(variables)]);

  React.useEffect(() => {
    // GraphiQL stores the kept headers at its start, when their editor is not there yet: again, now that it is.
    if (headerEditor && editor.shouldPersistHeaders) editor.setShouldPersistHeaders(true);
  }, [headerEditor]);

  // A tab that holds a button to close it is none for screen readers: make them a list of buttons.
  React.useEffect(() => {
    const list = document.querySelector('.graphiql-tabs');
    list.removeAttribute('role');
    for (const [index, item] of [...list.children].entries()) {
      item.removeAttribute('role');
      item.removeAttribute('aria-selected');
      const [button, close] = item.querySelectorAll('button');
      button.setAttribute('aria-current', index === activeTabIndex);
      close?.setAttribute('aria-label', `Close ${button.title}`);
    }
    document.getElementById('graphiql-session').setAttribute('role', 'region');
  }, [tabs, activeTabIndex]);

  React.useEffect(() => {
    const panel = document.querySelector('.graphiql-plugin');
    const observer = new MutationObserver(() => mendPanel(panel));
    observer.observe(panel, { childList: true, subtree: true });
    panel.addEventListener('keydown', pressSpan);
    return () => {
      observer.disconnect();
      panel.removeEventListener('keydown', pressSpan);
    };
  }, []);
}

/** Names the editor, lets the keyboard scroll it, and lets Escape and Tab leave it. */
function useEditor(editor, name) {
  React.useEffect(() => {
    if (!editor) return;
    editor.setOption('lineWrapping', true);
    editor.getInputField().setAttribute('aria-label', `${name}. Escape, then Tab, leaves the editor.`);
    const text = editor.getScrollerElement();
    text.tabIndex = 0;
    text.setAttribute('role', 'group');
    text.setAttribute('aria-label', `${name}, to scroll`);
    editor.addKeyMap({
      Esc: (pressed) => {
        pressed.removeKeyMap(LEAVING);
        pressed.addKeyMap(LEAVING);
        return pressed.constructor.Pass;
      },
    });
    // A name that leads to the documentation: the editor keeps the focus, else it draws the line anew and there is no click.
    editor.on('mousedown', (pressed, event) => pressed.state.jump?.destination && event.preventDefault());
    for (const event of ['blur', 'change']) editor.on(event, () => editor.removeKeyMap(LEAVING));
  }, [editor]);
}

/** The query builder's fields are spans to click at, its inputs have no labels, and the history's labels say something else. */
function mendPanel(panel) {
  for (const field of panel.querySelectorAll('.graphiql-explorer-root span[style*="cursor: pointer"]')) {
    const mark = field.querySelector('svg');
    field.tabIndex = 0;
    field.setAttribute('role', 'button');
    // Open is a turned arrow, chosen is a circle with a tick.
    field.setAttribute('aria-pressed', Boolean(mark?.style.transform || mark?.querySelector('circle + path')));
  }
  for (const input of panel.querySelectorAll('[data-arg-name] input, [data-arg-name] select')) {
    input.setAttribute('aria-label', input.closest('[data-arg-name]').dataset.argName);
  }
  panel.querySelector('.graphiql-operation-title-bar input')?.setAttribute('aria-label', 'Name of the operation');
  panel.querySelector('.graphiql-explorer-actions select')?.setAttribute('aria-label', 'Kind of operation to add');
  for (const entry of panel.querySelectorAll('.graphiql-history-item-label')) entry.removeAttribute('aria-label');
}

function pressSpan(event) {
  if (!event.target.matches('span[role=button]') || !['Enter', ' '].includes(event.key)) return;
  event.preventDefault();
  event.target.click();
}
