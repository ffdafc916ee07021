// An answer made of quotations: what fits the question is seen at once, and a long quotation is no wall of text.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, finished, parts } from './support/browser.mjs';
import { faintTexts } from './support/contrast.mjs';
import { setting } from './support/setting.mjs';

const filler = (n) => Array.from({ length: n }, (_, i) => `Clerk number ${i} signed the ledger of that district without any remark.`).join(' ');
const here = setting({
  env: { DOCMIND__RERANKER__ENABLED: 'false', DOCMIND__INGESTION__CHUNK_SIZE: '400' },
  documents: { 'harbour.txt': `${filler(7)} The ferries to Göteborg leave at six & <b>carry</b> no cars. ${filler(7)}` },
});

const words = (place) => place.locator('mark').allInnerTexts();

async function looksRight(page, answer) {
  const quotation = answer.locator('blockquote').first();
  const text = quotation.locator('.quotation-words');
  await text.locator('mark').first().waitFor();
  assert.deepEqual(await words(text), ['ferries', 'Göteborg', 'leave']);
  // What answers best is among the lines that are seen, although half a page stands before it.
  const best = text.locator('.best').first();
  const seen = await text.evaluate((element) => {
    const [outer, inner] = [element, element.querySelector('.best')].map((e) => e.getBoundingClientRect());
    return { height: outer.height, lines: outer.height / parseFloat(getComputedStyle(element).lineHeight), inside: inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1 };
  });
  assert.ok(seen.inside && seen.lines > 4 && seen.lines < 7, JSON.stringify(seen));
  assert.match(await best.evaluate((e) => e.closest('.quotation-words').textContent), /& <b>carry<\/b> no cars/, 'tags are text');
  const more = quotation.getByRole('button', { name: 'Show more', exact: true });
  await more.focus();
  await page.keyboard.press('Enter');
  const less = quotation.getByRole('button', { name: 'Show less', exact: true });
  await less.waitFor();
  assert.equal(await less.getAttribute('aria-expanded'), 'true');
  assert.ok((await text.evaluate((e) => e.getBoundingClientRect().height)) > 1.5 * seen.height);
}

test('The words that fit are marked, what answers best is seen first, and the rest unfolds by keyboard', here.onPage(async (page) => {
  const answer = await ask(page, 'When does the ferry to goteborg leave?');
  await finished(page, answer);
  await looksRight(page, answer);
  await answer.locator('blockquote').getByRole('button', { name: /^Source 1: harbour.txt/ }).click();
  const { source } = parts(page);
  await source.locator('mark strong').first().waitFor();
  assert.deepEqual(await source.locator('mark strong').allInnerTexts(), ['ferries', 'Göteborg', 'leave']);
  await page.reload();
  await looksRight(page, parts(page).answers.first());
}));

for (const colorScheme of ['light', 'dark']) {
  test(`Everything in it can be read in ${colorScheme} colours`, here.onPage(async (page) => {
    await finished(page, await ask(page, 'When does the ferry to goteborg leave?'));
    await page.locator('.quotation mark').first().waitFor();
    assert.deepEqual(await faintTexts(page), []);
  }, { colorScheme }));
}
