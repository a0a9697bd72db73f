// The playground in a browser: what its tests do there.

import { Demo, barriers, openBrowser, openPage } from './support.mjs';

export const FULL = '/playground';
export const SMALL = '/playground/fallback.html';

/** A demo server on which nothing happens by itself, with a browser and a way to open its pages. */
export async function startPlayground() {
  // With a rate limit, as on a real server, but with more points than these tests use.
  const demo = await Demo.start({ FOLKMOOT_RATE_LIMIT: '50000', FOLKMOOT_DEMO_INTERVAL: '0' });
  const browser = await openBrowser();
  const openAt = async (t, path, viewport, options) => {
    const page = await openPage(t, browser, viewport, options);
    page.setDefaultTimeout(10000);
    await page.goto(demo.origin + path);
    if (path.startsWith(SMALL)) await page.getByText(/^\d+ types$/).waitFor();
    await page.getByText(/^May cost/).waitFor();
    return page;
  };
  return { demo, browser, openAt };
}

/** An editor of GraphiQL, by its name. */
export function editor(page, name) {
  const input = page.locator(`textarea[aria-label="${name}. Escape, then Tab, leaves the editor."]`);
  const box = page.locator('.CodeMirror').filter({ has: input });
  return {
    input,
    value: () => box.evaluate(({ CodeMirror }) => CodeMirror.getValue()),
    write: async (text) => {
      await input.focus();
      await page.keyboard.press('Control+A');
      // As pasted: no bracket closes by itself.
      await page.keyboard.insertText(text);
    },
  };
}

/** Waits for what GraphiQL answers, or for an answer that holds some text. */
export async function answer(page, text = '}') {
  const handle = await page.waitForFunction((wanted) => {
    const value = document.querySelector('.graphiql-response .CodeMirror')?.CodeMirror.getValue();
    return value?.includes(wanted) && value;
  }, text);
  return handle.jsonValue();
}

/** How long the editors take until the marks beside their lines are drawn. */
const MARKS = 700;

/** axe scrolls, and the editors draw only visible lines. So this makes them draw all lines, and waits for it. */
export async function barriersOf(page) {
  const isNew = await page.evaluate(() => {
    const editors = [...document.querySelectorAll('.CodeMirror')].map(({ CodeMirror }) => CodeMirror);
    const folded = editors.filter((editor) => editor.getOption('viewportMargin') !== Infinity);
    for (const editor of folded) editor.setOption('viewportMargin', Infinity);
    return folded.length > 0;
  });
  if (isNew) await page.waitForTimeout(MARKS);
  return barriers(page);
}

/** Opens an example from the panel, which is there from the beginning on a wide screen. */
export async function open(page, title) {
  const examples = page.getByRole('region', { name: 'Examples' });
  if ((await examples.count()) === 0) await panel(page, 'Examples');
  await examples.getByRole('button', { name: title, exact: true }).click();
}

export const run = (page) => page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
export const told = (page, which) => page.locator(`[data-told=${which}]`);
export const panel = (page, name) => page.getByRole('button', { name: `Show ${name}` }).click();
