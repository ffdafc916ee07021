// What an answer claims is compared with the documents: what they do not bear out is marked, and a number opens the very words it rests on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, finished, parts } from './support/browser.mjs';
import { SpeakingModel } from './support/models.mjs';
import { setting } from './support/setting.mjs';

const page1 = `Bridges of the town – a „short“ history.

The Ludwig bridge was opened in 1872 and has seven arches of red sandstone. The toll on the bridge was two kreuzer for a person and six for a cart, until it was abolished in 1891.`;

const model = new SpeakingModel('The bridge has **seven arches** of red sandstone. The toll was *six kreuzer* for a person and two for a cart. The toll was abolished in 1891.');
const here = setting({ model, documents: { 'bridge.txt': page1 } });

const marked = (page) => parts(page).source.locator('mark').allInnerTexts();

async function looksRight(page, answer) {
  const doubts = answer.locator('.doubt');
  await doubts.first().waitFor();
  assert.equal(await doubts.count(), 1);
  assert.match(await doubts.innerText(), /^The toll was six kreuzer for a person and two for a cart\./);
  const why = answer.getByRole('img', { name: 'Not supported: the passage that comes closest has other numbers.' });
  assert.equal(await why.count(), 1);
  assert.match(await doubts.getAttribute('title'), /other numbers/);
  await answer.getByRole('note').getByText(/One marked sentence is not supported by the documents/).waitFor();
  await answer.getByText(/^Confidence: (low|medium) \(\d+ %\)$/).waitFor();

  const chips = answer.locator('.markdown').getByRole('button', { name: /^Source 1: bridge.txt, page 1$/ });
  assert.equal(await chips.count(), 2);
  await chips.nth(0).click();
  await parts(page).source.locator('mark').first().waitFor();
  assert.deepEqual(await marked(page), ['The Ludwig bridge was opened in 1872 and has seven arches of red sandstone.']);
  await chips.nth(1).click();
  await parts(page).source.locator('mark', { hasText: 'abolished in 1891' }).waitFor();
  assert.deepEqual(await marked(page), ['The toll on the bridge was two kreuzer for a person and six for a cart, until it was abolished in 1891.']);
}

test('A sentence with exchanged numbers is marked, and each number opens the words of its own sentence', here.onPage(async (page) => {
  const answer = await ask(page, 'How many arches has the Ludwig bridge, and what was the toll?');
  // While it streams, too: the sentence is marked before the answer is complete.
  await answer.locator('.doubt').waitFor();
  await finished(page, answer);
  await looksRight(page, answer);
  await page.reload();
  await looksRight(page, parts(page).answers.first());
}));
