// The page after a reload, and while the server is away.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, finished, parts, pressIn, settled } from './support/browser.mjs';
import { SpeakingModel } from './support/models.mjs';
import { setting } from './support/setting.mjs';

const model = new SpeakingModel('The Ludwig bridge was opened in 1872 [1].');
const here = setting({ model, documents: { 'bridge.txt': 'The Ludwig bridge was opened in 1872 and has seven arches.' } });
const question = 'When was the Ludwig bridge opened?';

test('After a reload the conversation comes back from the server, with its sources', here.onPage(async (page) => {
  const { answers, log, source } = parts(page);
  await finished(page, await ask(page, question));
  await page.reload();
  await log.getByRole('article', { name: 'You asked' }).getByText(question).waitFor();
  await answers.first().getByRole('button', { name: 'Source 1: bridge.txt, page 1' }).first().click();
  await source.getByText(/seven arches/).waitFor();
  assert.equal(await answers.count(), 1);
}));

test('A conversation is found again, renamed, and deleted', here.onPage(async (page) => {
  const { answers, log } = parts(page);
  await finished(page, await ask(page, question));
  await page.getByRole('button', { name: 'New conversation' }).click();
  await page.getByRole('heading', { name: 'What would you like to know?' }).waitFor();
  await page.getByRole('button', { name: 'Conversations' }).click();
  const list = page.getByRole('group', { name: 'Conversations' });
  await list.getByRole('button', { name: /^When was the Ludwig/ }).first().click();
  await answers.first().getByText(/1872/).first().waitFor();

  await page.getByRole('button', { name: 'Conversations' }).click();
  await pressIn(list.getByRole('listitem').first(), /^Rename/);
  await list.getByRole('textbox', { name: 'Title of the conversation' }).fill('The bridge');
  await page.keyboard.press('Enter');
  await list.getByText('The bridge', { exact: true }).waitFor();
  await pressIn(list.getByRole('listitem').filter({ hasText: 'The bridge' }), 'Delete The bridge');
  await list.getByRole('button', { name: 'Delete', exact: true }).click();
  await list.getByText('The bridge', { exact: true }).waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  assert.equal(await log.getByRole('article').count(), 0);
}));

test('While the server is away the page says so, and it recovers by itself', here.onPage(async (page) => {
  const { documents, row, answers } = parts(page);
  await row('bridge.txt').waitFor();
  await here.docmind.kill();
  const banner = page.getByRole('alert').filter({ hasText: 'The connection to DocMind is lost' });
  await banner.waitFor();
  await page.getByText('Not connected').waitFor();

  const lost = await ask(page, question);
  await lost.getByText('DocMind cannot be reached. Is it still running?').waitFor();
  await row('bridge.txt').waitFor();

  await here.docmind.start();
  await here.docmind.add('tower.txt', 'The water tower holds a million litres.');
  await banner.waitFor({ state: 'detached' });
  await documents.getByText('tower.txt').waitFor();
  await page.getByRole('button', { name: /^Ready/ }).waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await answers.first().getByText(/opened in 1872/).first().waitFor();
  await finished(page, answers.first());
}));

test('An upload that the server ends in the middle is told, and can be sent again', here.onPage(async (page) => {
  const { files, row } = parts(page);
  await row('bridge.txt').waitFor();
  await here.docmind.kill();
  await files.setInputFiles({ name: 'late.txt', mimeType: 'text/plain', buffer: Buffer.from('A text that comes late.') });
  await settled(page, 'late.txt', 'Refused');
  await here.docmind.start();
  await pressIn(row('late.txt'), 'Upload late.txt again');
  await settled(page, 'late.txt', 'Ready');
}));
