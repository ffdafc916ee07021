// An answer is written on the server, whoever looks: it goes on over a reload, and two tabs see the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, finished, parts } from './support/browser.mjs';
import { ScriptedModel } from './support/models.mjs';
import { setting } from './support/setting.mjs';
import { until } from './support/until.mjs';

const model = new ScriptedModel();
const here = setting({ model, documents: { 'bridge.txt': 'The Ludwig bridge was opened in 1872 and has seven arches.' } });
const question = 'When was the Ludwig bridge opened?';

const words = async (answer) => (await answer.locator('.markdown').innerText()).match(/word\d+/g) ?? [];
const counted = (n) => Array.from({ length: n }, (_, i) => `word${i}`);
const requests = async () => (await model.log()).filter(({ event, script }) => event === 'request' && script === 'slow_tokens').length;

test('A reload in the middle of an answer loses nothing of it and asks nothing twice', here.onPage(async (page) => {
  await model.script({ default: 'slow_tokens', pace: 0.05, tokens: 80 });
  const asked = await requests();
  await (await ask(page, question)).getByText(/word9 /).waitFor();
  await page.reload();
  const { answers, stop } = parts(page);
  const answer = answers.first();
  await answer.getByText(/word9 /).waitFor();
  await stop.waitFor();
  await page.reload();
  await finished(page, answer);
  assert.deepEqual((await words(answer)).slice(0, 80), counted(80));
  assert.equal(await answers.count(), 1);
  assert.equal(await requests(), asked + 1);
  await answer.getByRole('button', { name: 'Regenerate' }).waitFor();
}));

test('A second tab shows the answer while it is written, and Stop there ends it in both', here.onPage(async (page) => {
  await model.script({ default: 'slow_tokens', pace: 0.05, tokens: 800 });
  const first = await ask(page, question);
  await first.getByText(/word3 /).waitFor();
  const other = await page.context().newPage();
  await other.goto(here.docmind.url);
  const second = parts(other).answers.first();
  await second.getByText(/word3 /).waitFor();
  await parts(other).stop.click();
  for (const answer of [first, second]) await answer.getByText('Stopped.', { exact: true }).waitFor();
  assert.deepEqual(await words(first), await words(second));
  await until(async () => (await model.log()).some(({ event, script }) => event === 'client_closed' && script === 'slow_tokens'), 'the model server to be left', 5_000);

  // What is asked in one tab is seen in the other, which follows it.
  await model.script({ default: 'echo' });
  await finished(page, await ask(page, 'How many arches has the bridge?'));
  const log = parts(other).log;
  await log.getByRole('article', { name: 'You asked' }).getByText('How many arches has the bridge?').waitFor();
  await finished(other, parts(other).answers.nth(1));
  assert.equal(await parts(other).answers.count(), 2);
}));
