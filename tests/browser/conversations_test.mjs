// The list of conversations: searched, exported, deleted and brought back.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ask, finished, parts, pressIn } from './support/browser.mjs';
import { SpeakingModel } from './support/models.mjs';
import { setting } from './support/setting.mjs';

const model = new SpeakingModel('The Ludwig bridge was opened in 1872 [1].');
const here = setting({ model, documents: { 'bridge.txt': 'The Ludwig bridge was opened in 1872 and has seven arches.' } });

const list = (page) => page.getByRole('group', { name: 'Conversations' });
const rows = (page) => list(page).getByRole('listitem');
const search = (page) => list(page).getByRole('searchbox', { name: 'Search conversations' });

async function talk(page, question) {
  await page.getByRole('button', { name: 'New conversation' }).click();
  await page.getByRole('heading', { name: 'What would you like to know?' }).waitFor();
  await finished(page, await ask(page, question));
}

async function open(page) {
  await page.getByRole('button', { name: 'Conversations' }).click();
  await list(page).waitFor();
}

test('What was said is found by its words, also in another branch, and opened where it stands', here.onPage(async (page) => {
  await talk(page, 'When was the Ludwig bridge opened by the quokka?');
  await page.waitForFunction(() => [...document.querySelectorAll('article.message')].every((message) => message.dataset.message));
  await pressIn(parts(page).log.getByRole('article', { name: 'You asked' }), 'Edit question');
  await page.getByRole('textbox', { name: 'Edit the question' }).fill('When was the Ludwig bridge opened by the wombat?');
  await page.keyboard.press('Enter');
  await parts(page).log.getByText('by the wombat?').waitFor();
  await finished(page, parts(page).answers.first());
  await talk(page, 'When was the Ludwig bridge opened?');

  await open(page);
  await search(page).fill('ludwig quok');
  await list(page).locator('mark').getByText('quokka').waitFor();
  assert.equal(await rows(page).count(), 1);
  await search(page).fill('AND "');
  await list(page).getByText('Nothing was said with all of “AND "”.').waitFor();
  assert.equal(await rows(page).count(), 0);
  await page.keyboard.press('Escape');
  await rows(page).nth(1).waitFor();
  assert.equal(await search(page).inputValue(), '');

  await search(page).fill('quokka');
  await list(page).locator('mark').first().waitFor();
  await rows(page).getByRole('button').first().click();
  const found = parts(page).log.getByRole('article', { name: 'You asked' });
  await found.getByText('by the quokka?').waitFor();
  await found.and(page.locator('.revealed')).waitFor();
}));

test('A deleted conversation comes back with Undo', here.onPage(async (page) => {
  await talk(page, 'Who opened the Ludwig bridge to the numbat?');
  await open(page);
  const row = rows(page).filter({ hasText: 'numbat' });
  await pressIn(row, /^Delete/);
  await list(page).getByRole('button', { name: 'Delete', exact: true }).click();
  await list(page).getByRole('status').getByText(/^Deleted “Who opened/).waitFor();
  await row.waitFor({ state: 'detached' });
  assert.equal(await parts(page).log.getByRole('article').count(), 0);
  await list(page).getByRole('button', { name: 'Undo' }).click();
  await row.waitFor();
  assert.equal(await list(page).getByRole('button', { name: 'Undo' }).count(), 0);
  await row.getByRole('button').first().click();
  await parts(page).log.getByText('to the numbat?').waitFor();
}));

test('A conversation is exported as Markdown and as JSON, with its citations', here.onPage(async (page) => {
  await talk(page, 'When was the Ludwig bridge opened, dear potoroo?');
  await open(page);
  for (const [kind, ending] of [['Markdown', '.md'], ['JSON', '.json']]) {
    await pressIn(rows(page).filter({ hasText: 'potoroo' }), /^Export/);
    const [download] = await Promise.all([page.waitForEvent('download'), list(page).getByRole('button', { name: kind, exact: true }).click()]);
    assert.ok(download.suggestedFilename().endsWith(ending), download.suggestedFilename());
    const text = await readFile(await download.path(), 'utf8');
    assert.match(text, /potoroo/);
    assert.match(text, /opened in 1872 and has seven arches/);
    if (kind === 'JSON') assert.deepEqual(Object.keys(JSON.parse(text)), ['session', 'messages', 'other_branches']);
  }
  await pressIn(rows(page).filter({ hasText: 'potoroo' }), /^Export/);
  await page.keyboard.press('Escape');
  await rows(page).filter({ hasText: 'potoroo' }).getByRole('button', { name: /^Export/ }).waitFor();
}));
