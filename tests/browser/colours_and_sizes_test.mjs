// Phone width, dark and light: nothing scrolls sideways, everything can be read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, finished, parts, settled } from './support/browser.mjs';
import { faintTexts } from './support/contrast.mjs';
import { SpeakingModel } from './support/models.mjs';
import { setting } from './support/setting.mjs';

const long = 'a-word-that-does-not-end-'.repeat(12);
const wide = `The Ludwig bridge was opened in 1872 [1]. ${long}

| column | another column | a third column | and one more | and the last |
| --- | --- | --- | --- | --- |
| a value | a value | a value | a value | http://example.org/${long} |

\`\`\`r
bridge <- read.table("bridge.txt", header = TRUE, sep = ";", dec = ",", stringsAsFactors = FALSE, quote = "")
\`\`\`

> A quotation with \`${long}\` in it [1].`;

const model = new SpeakingModel(wide);
Object.assign(model, { size: 60, pace: 2 });
const here = setting({ model, documents: { 'bridge.txt': `The Ludwig bridge was opened in 1872 and has seven arches. ${long}` } });
const question = 'When was the Ludwig bridge opened?';
const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

async function assertNoSidewaysScroll(page, where) {
  const { scroll, width, out } = await page.evaluate(() => ({
    scroll: document.documentElement.scrollWidth,
    width: innerWidth,
    // What sticks out, except inside boxes that scroll by themselves.
    out: [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest('pre, .table-scroll, .hidden, .skip') && element.checkVisibility())
      .map((element) => `${element.tagName}.${element.className}`),
  }));
  assert.ok(scroll <= width, `${where}: ${scroll} px of content in ${width} px`);
  assert.deepEqual(out, [], where);
}

test('At phone width documents are added, asked and opened, and nothing scrolls sideways', here.onPage(async (page) => {
  const { files, documents, answers, source } = parts(page);
  // The advice that stands with the built-in model is the widest thing there.
  await page.route('**/api/models', (route) => route.fulfill({ json: { models: [], model: 'SmolLM2-135M-Instruct', base_url: 'built-in' } }));
  await page.reload();
  await page.getByRole('heading', { name: 'Answers are written by a very small model' }).waitFor();
  await assertNoSidewaysScroll(page, 'before the first question');

  const drawer = page.getByRole('button', { name: /documents?$/ }).first();
  await drawer.tap();
  await files.setInputFiles({ name: `${long}.txt`, mimeType: 'text/plain', buffer: Buffer.from('The water tower holds a million litres.') });
  await settled(page, 'a-word', 'Ready');
  await assertNoSidewaysScroll(page, 'the documents');
  assert.ok((await documents.getByRole('button', { name: 'Delete bridge.txt', exact: true }).boundingBox()).width >= 24);
  await drawer.tap();
  await documents.waitFor({ state: 'hidden' });

  const answer = await ask(page, question);
  await finished(page, answer);
  await assertNoSidewaysScroll(page, 'the answer');
  await answers.first().getByRole('button', { name: /^Source 1/ }).first().tap();
  await source.getByText('Page 1 of 1').waitFor();
  await assertNoSidewaysScroll(page, 'the source');
  await source.getByRole('button', { name: 'Close source' }).tap();
  await source.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Conversations' }).tap();
  await page.getByRole('heading', { name: 'Conversations' }).waitFor();
  await assertNoSidewaysScroll(page, 'the conversations');
}, phone));

for (const colorScheme of ['light', 'dark']) {
  test(`In ${colorScheme} colours every text stands out from its ground`, here.onPage(async (page) => {
    await page.getByRole('heading', { name: 'What would you like to know?' }).waitFor();
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const brightness = ground.match(/\d+/g).slice(0, 3).reduce((sum, value) => sum + Number(value), 0) / 765;
    assert.ok(colorScheme === 'dark' ? brightness < 0.2 : brightness > 0.8, `the ground is ${ground}`);
    assert.deepEqual(await faintTexts(page), [], 'before the first question');

    await parts(page).files.setInputFiles({ name: 'empty.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) });
    await settled(page, 'empty.txt', /^(Failed|Refused)$/);
    const answer = await ask(page, question);
    await finished(page, answer);
    await answer.getByRole('button', { name: /^Source 1/ }).first().click();
    await parts(page).source.locator('mark').first().waitFor();
    await answer.getByText(/^Answered in/).click();
    assert.deepEqual(await faintTexts(page), [], 'with an answer and its source');
    await page.getByRole('button', { name: 'Conversations' }).click();
    await page.getByRole('button', { name: /^Ready/ }).click();
    assert.deepEqual(await faintTexts(page), [], 'with what pops up');
  }, { colorScheme }));
}

test('The chosen colours stay after a reload', here.onPage(async (page) => {
  const dark = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  assert.equal(await dark(), 'light');
  await page.getByRole('button', { name: 'Colours: system. Change to light' }).click();
  await page.getByRole('button', { name: 'Colours: light. Change to dark' }).click();
  await page.waitForFunction(() => getComputedStyle(document.documentElement).colorScheme === 'dark');
  await page.reload();
  await page.getByRole('button', { name: 'Colours: dark. Change to system' }).waitFor();
  assert.equal(await dark(), 'dark');
}, { colorScheme: 'light' }));

test('Without motion where the person asked for none', here.onPage(async (page) => {
  await ask(page, question);
  const longest = await page.evaluate(() => Math.max(...[...document.querySelectorAll('*')].map((element) => parseFloat(getComputedStyle(element).animationDuration) || 0)));
  assert.ok(longest < 0.01, `something moves for ${longest} s`);
}, { reducedMotion: 'reduce' }));
