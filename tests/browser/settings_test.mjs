// The settings on the page: another model server answers the next question, and what cannot be changed says so.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, finished, parts } from './support/browser.mjs';
import { ScriptedModel } from './support/models.mjs';
import { setting } from './support/setting.mjs';

const model = new ScriptedModel();
const here = setting({
  env: { DOCMIND__LLM__ENABLED: 'true', DOCMIND__LLM__SERVER_PATH: '/nonexistent', DOCMIND__AGENT__CONTEXT_PASSAGES: '4' },
  documents: { 'bridge.txt': 'The Ludwig bridge was opened in 1872 and has seven arches.' },
});

before(() => model.start());
after(() => model.close());

const open = async (page) => {
  await page.getByRole('button', { name: 'Settings' }).click();
  const dialog = page.getByRole('dialog', { name: 'Settings' });
  await dialog.getByLabel('Answers come from').waitFor();
  return dialog;
};
const settingOf = async (key) => (await here.docmind.get('/api/settings')).settings.find((one) => one.key === key);

test('Another model server answers the next question, and going back takes it back', here.onPage(async (page) => {
  let dialog = await open(page);
  await dialog.getByLabel('Answers come from').selectOption('server');
  await dialog.getByLabel('Address').fill(model.url);
  await dialog.getByLabel('The model').selectOption('context');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  const answer = await ask(page, 'When was the Ludwig bridge opened?');
  await answer.getByText(/opened in 1872/).first().waitFor();
  await finished(page, answer);
  assert.ok((await model.log()).some(({ event }) => event === 'finished'));

  dialog = await open(page);
  assert.equal(await dialog.getByLabel('Address').inputValue(), model.url);
  assert.deepEqual(await dialog.locator('datalist option').evaluateAll((list) => list.map((one) => one.value)), ['scripted']);
  await dialog.getByRole('button', { name: 'Back to the configuration' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal((await settingOf('llm.base_url')).value, '');
}));

test('What the environment sets is shown and cannot be changed; Escape and Cancel change nothing', here.onPage(async (page) => {
  const before = await here.docmind.get('/api/settings');
  let dialog = await open(page);
  assert.ok(await dialog.getByLabel('Passages it gets').isDisabled());
  assert.equal(await dialog.getByLabel('Passages it gets').inputValue(), '4');
  await dialog.getByText('Set by the environment.').first().waitFor();
  await dialog.getByLabel('Finds passages by').selectOption('sparse');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  dialog = await open(page);
  assert.equal(await dialog.getByLabel('Finds passages by').inputValue(), 'hybrid');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual(await here.docmind.get('/api/settings'), before);
  await parts(page).question.focus();
}));

test('A refusal is shown where it was asked for, and nothing that was written is lost', here.onPage(async (page) => {
  const dialog = await open(page);
  await page.route('**/api/settings', (route) => (route.request().method() === 'PUT' ? route.fulfill({ status: 507, contentType: 'application/problem+json', body: JSON.stringify({ detail: 'The disk is full.' }) }) : route.continue()));
  await dialog.getByLabel('Finds passages by').selectOption('dense');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByRole('alert').getByText('The disk is full.').waitFor();
  assert.equal(await dialog.getByLabel('Finds passages by').inputValue(), 'dense');
}));
