// The page is loaded again before the server has said anything, not even which conversation it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, finished, parts } from './support/browser.mjs';
import { ScriptedModel } from './support/models.mjs';
import { setting } from './support/setting.mjs';
import { until } from './support/until.mjs';

// In this mode the model is tried before the first answer, which holds up the first event as long as a test likes.
const model = new ScriptedModel(['--probe-pause', '60']);
const here = setting({ model, env: { DOCMIND__AGENT__MODE: 'auto' }, documents: { 'bridge.txt': 'The Ludwig bridge was opened in 1872 and has seven arches.' } });
const question = 'When was the Ludwig bridge opened?';

const logged = async (kind) => (await model.log()).filter(({ event }) => event === kind).length;

test('The first answer is there after the reload, and was asked for once', here.onPage(async (page) => {
  await ask(page, question);
  await until(async () => (await logged('probe')) > 0, 'the model to be tried');
  assert.deepEqual((await here.docmind.get('/api/sessions')).sessions, [], 'the answer had begun');
  await page.reload();
  const { log, answers } = parts(page);
  await log.getByRole('article', { name: 'You asked' }).getByText(question).waitFor();
  await page.reload();
  await log.getByRole('article', { name: 'You asked' }).getByText(question).waitFor();
  await model.script({ default: 'echo', probe_pause: 0 });
  await finished(page, answers.first());
  await answers.first().getByText(/opened in 1872/).first().waitFor();
  assert.equal((await here.docmind.get('/api/sessions')).sessions.length, 1);
  assert.equal(await logged('request'), 1);

  // And it is the conversation that goes on.
  await finished(page, await ask(page, 'How many arches has the bridge?'));
  assert.equal((await here.docmind.get('/api/sessions')).sessions.length, 1);
  await page.reload();
  await finished(page, answers.nth(1));
  assert.equal(await answers.count(), 2);
}));

test('A question that never reached the server is asked by the page that comes next', here.onPage(async (page) => {
  const before = (await here.docmind.get('/api/sessions')).sessions.length;
  await page.route('**/api/chat', () => undefined);
  await ask(page, question);
  await page.unroute('**/api/chat');
  await page.reload();
  await finished(page, parts(page).answers.first());
  await parts(page).answers.first().getByText(/opened in 1872/).first().waitFor();
  assert.equal((await here.docmind.get('/api/sessions')).sessions.length, before + 1);
  // Once: the page after that only shows it.
  await page.reload();
  await finished(page, parts(page).answers.first());
  assert.equal((await here.docmind.get('/api/sessions')).sessions.length, before + 1);
}));
