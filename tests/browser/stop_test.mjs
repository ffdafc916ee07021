// Stop ends the answer everywhere: on the page, in DocMind, and in the model server.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, finished, parts } from './support/browser.mjs';
import { ScriptedModel } from './support/models.mjs';
import { setting } from './support/setting.mjs';
import { until } from './support/until.mjs';

const model = new ScriptedModel();
const here = setting({ model, documents: { 'bridge.txt': 'The Ludwig bridge was opened in 1872 and has seven arches.' } });
const question = 'When was the Ludwig bridge opened?';

const closed = async (script) => (await model.log()).filter((event) => event.event === 'client_closed' && event.script === script).length;

test('Stop keeps the partial answer, marks it, and closes the connection to the model server', here.onPage(async (page) => {
  await model.script({ default: 'slow_tokens', pace: 0.05, tokens: 400 });
  const { stop, send, question: box } = parts(page);
  const answer = await ask(page, question);
  await answer.getByText(/word3/).waitFor();
  const before = await closed('slow_tokens');
  await stop.click();
  await answer.getByText('Stopped.', { exact: true }).waitFor();
  await until(async () => (await closed('slow_tokens')) > before, 'the model server to see the connection closed', 5_000);

  const kept = await answer.locator('.markdown').innerText();
  assert.match(kept, /word0 word1/);
  await send.waitFor();
  assert.equal(await stop.count(), 0);
  assert.ok(await box.evaluate((element) => element === document.activeElement), 'the focus is not in the question box');

  // Nothing is added after the stop, and the server has kept it as stopped.
  const [session] = (await here.docmind.get('/api/sessions')).sessions;
  const stored = await until(async () => (await here.docmind.get(`/api/sessions/${session.id}/messages`)).messages.find((m) => m.role === 'assistant'), 'the partial answer to be stored');
  assert.equal(stored.stopped, true);
  assert.match(stored.content, /word0 word1/);
  assert.equal(await answer.locator('.markdown').innerText(), kept);
  await page.reload();
  await parts(page).answers.first().getByText('Stopped.', { exact: true }).waitFor();
}));

test('Escape stops an answer that has not begun', here.onPage(async (page) => {
  await model.script({ default: 'hang_before_first_byte' });
  const answer = await ask(page, question);
  await until(async () => (await model.log()).some(({ event, script }) => event === 'request' && script === 'hang_before_first_byte'), 'the model to be asked');
  await page.keyboard.press('Escape');
  await answer.getByText('Stopped before the answer began.').waitFor();
  await until(() => closed('hang_before_first_byte'), 'the model server to see the connection closed', 5_000);
}));

test('A stopped answer is asked for again', here.onPage(async (page) => {
  await model.script({ default: 'slow_tokens', pace: 0.05, tokens: 400 });
  const answer = await ask(page, question);
  await answer.getByText(/word2/).waitFor();
  await parts(page).stop.click();
  await model.script({ default: 'echo' });
  await page.getByRole('button', { name: 'Regenerate' }).click();
  await answer.getByText(/opened in 1872/).first().waitFor();
  await finished(page, answer);
  assert.equal(await parts(page).answers.count(), 1);
  assert.doesNotMatch(await answer.innerText(), /word0|Stopped/);
}));

test('A model that breaks off leaves its words and a note', here.onPage(async (page) => {
  await model.script({ default: 'reset_mid_token' });
  const answer = await ask(page, question);
  await finished(page, answer);
  assert.match(await answer.innerText(), /The first words of an answer/);
  assert.match(await answer.innerText(), /not complete/);
}));

test('A model that says nothing is replaced by the passages, and the page says so', here.onPage(async (page) => {
  await model.script({ default: 'error_500' });
  const answer = await ask(page, question);
  await finished(page, answer);
  assert.match(await answer.innerText(), /passages are quoted instead/);
  await answer.getByText(/opened in 1872/).first().waitFor();
  await answer.getByRole('button', { name: /^Source 1: bridge\.txt/ }).first().waitFor();
}));
