// How the playground looks, at the sizes and in the colours that people have: nothing overflows, and axe finds no barrier.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FULL, SMALL, answer, barriersOf, panel, startPlayground } from './playground.mjs';
import { DESKTOP, PHONE, look, overflows } from './support.mjs';

const LOOKS = [DESKTOP, PHONE].flatMap((viewport) => ['light', 'dark'].map((colorScheme) => ({ viewport, colorScheme })));

const { openAt } = await startPlayground();

for (const { viewport, colorScheme } of LOOKS) {
  const name = `${viewport.width}-${colorScheme}`;

  test(`GraphiQL at ${viewport.width} pixels in ${colorScheme} colours has no barriers`, async (t) => {
    const page = await openAt(t, FULL, viewport, { colorScheme });
    await answer(page);
    const check = async (what) => {
      // The panes move in, and the editors draw their lines.
      await page.waitForTimeout(200);
      await look(page, `playground-${name}-${what}`);
      assert.equal(await overflows(page), false, what);
      // On a phone a panel lies over the same page that axe has seen.
      if (viewport === DESKTOP || ['answer', 'docs'].includes(what)) assert.deepEqual(await barriersOf(page), [], what);
    };
    await check('answer');
    for (const plugin of ['Docs', 'GraphiQL Explorer', 'Guide', 'History', 'Examples']) {
      const shown = await page.getByRole('button', { name: `Hide ${plugin}` }).count();
      if (!shown) await panel(page, plugin);
      await check(plugin.split(' ')[0].toLowerCase());
    }
    await page.getByRole('button', { name: 'Open settings dialog' }).click();
    await check('settings');
    // The query builder does not know lists that are written out, and says so in the console.
    assert.deepEqual(page.problems.filter((problem) => !problem.startsWith('arg mismatch')), []);
  });

  test(`the small page at ${viewport.width} pixels in ${colorScheme} colours has no barriers`, async (t) => {
    const page = await openAt(t, SMALL, viewport, { colorScheme });
    await page.getByText(/^Done/).waitFor();
    const check = async (what) => {
      await look(page, `small-${name}-${what}`);
      assert.deepEqual(await barriersOf(page), [], what);
      assert.equal(await overflows(page), false, what);
    };
    await check('answer');
    await page.getByLabel('Query', { exact: true }).fill('{ events(filter: { ');
    await page.getByLabel('Query', { exact: true }).press('Control+Space');
    await check('completion');
    await page.keyboard.press('Escape');
    await page.getByText('Variables and headers').click();
    await page.getByRole('heading', { name: 'Guide' }).click();
    await page.getByRole('link', { name: 'Event', exact: true }).first().click();
    await page.locator('#type-Event[open]').waitFor();
    await check('documentation');
    await page.getByLabel('Find in names and descriptions').fill('time zone');
    await check('search');
    assert.deepEqual(page.problems, []);
  });
}
