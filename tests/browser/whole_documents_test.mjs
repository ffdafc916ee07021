// A document in short and several side by side: from the list and the question box to a text and a table whose numbers open their page.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, finished, parts, pressIn } from './support/browser.mjs';
import { ScriptedModel } from './support/models.mjs';
import { setting } from './support/setting.mjs';
import { until } from './support/until.mjs';

const filler = Array.from({ length: 16 }, (_, i) => `Clerk number ${i} signed the ledger of that district without any remark.`).join(' ');
const report = Array.from({ length: 24 }, (_, i) => `The council counted ${100 + i} otters in district ${i}. ${filler}`).join('\n\n');
const model = new ScriptedModel();
const here = setting({
  model,
  env: { DOCMIND__LLM__CONTEXT_WINDOW: '2048', DOCMIND__RERANKER__ENABLED: 'false' },
  documents: {
    'report.txt': report,
    'gas.txt': 'The price of the gas contract is 900 euros a year.',
    'water.txt': 'The price of the water contract is 300 euros a year.',
  },
});

test('Summarise on a document says how far it is, and its numbers open the page', here.onPage(async (page) => {
  await model.script({ default: 'echo' });
  await pressIn(parts(page).row('report.txt'), 'Summarise report.txt');
  const answer = parts(page).answers.first();
  await answer.waitFor();
  const text = await finished(page, answer);
  assert.match(text, /otters in district/);
  await answer.getByRole('button', { name: /^Source 1: report.txt, page 1/ }).first().click();
  await parts(page).source.getByText(/otters in district/).first().waitFor();
  assert.equal((await here.docmind.get('/api/sessions')).sessions[0].title, 'Summarise report.txt');
}));

test('Stop keeps what was noted by then, and marks it', here.onPage(async (page) => {
  await model.script({ default: 'hang_mid_stream', next: ['echo', 'echo'] });
  await pressIn(parts(page).row('report.txt'), 'Summarise report.txt');
  const answer = parts(page).answers.first();
  const bar = answer.getByRole('progressbar', { name: 'Progress of the answer' });
  await until(async () => (await bar.getAttribute('aria-valuenow')) === '2', 'two parts to be read');
  await parts(page).stop.click();
  await answer.getByText('Stopped.', { exact: true }).waitFor();
  await answer.getByText(/Read so far: 2 of/).waitFor();
  await page.reload();
  await parts(page).answers.first().getByText(/Read so far: 2 of/).waitFor();
  await model.script({ default: 'echo' });
}));

test('Documents that are picked are compared as a table with a source in each cell', here.onPage(async (page) => {
  await model.script({ default: 'echo' });
  for (const name of ['gas.txt', 'water.txt']) await pressIn(parts(page).row(name), `Ask only about ${name}`);
  const answer = await ask(page, 'Compare these documents on price');
  await finished(page, answer);
  const cells = answer.getByRole('table').getByRole('cell');
  for (const euros of ['900', '300']) {
    const cell = cells.filter({ hasText: `${euros} euros` });
    assert.equal(await cell.count(), 1, `the cell with ${euros} euros`);
    assert.equal(await cell.getByRole('button', { name: /^Source/ }).count(), 1);
  }
}));
