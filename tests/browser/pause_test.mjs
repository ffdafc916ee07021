// Ingestion as a whole: its progress stands above the list while something is unfinished; all of it, or one document, can be halted.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parts, settled } from './support/browser.mjs';
import { setting } from './support/setting.mjs';

const here = setting();
const file = (name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(`The words of ${name}.`) });

test('All documents and a single one are paused and resumed with the keyboard', here.onPage(async (page) => {
  const { files, row } = parts(page);
  const halted = await fetch(`${here.docmind.url}/api/ingestion/pause`, { method: 'POST', headers: { 'X-DocMind': '1' } });
  assert.equal(halted.status, 200);
  await files.setInputFiles(['first.txt', 'second.txt'].map(file));
  const progress = page.getByRole('progressbar', { name: 'Ingestion progress', exact: true });
  await progress.waitFor();
  await page.getByText('0 of 2 documents · paused', { exact: true }).waitFor();

  await page.getByRole('button', { name: 'Pause second.txt', exact: true }).press('Enter');
  await settled(page, 'second.txt', 'Paused');
  await page.getByRole('button', { name: 'Resume', exact: true }).press('Enter');
  await settled(page, 'first.txt', 'Ready');
  await page.getByText('1 of 2 documents · paused', { exact: true }).waitFor();
  assert.equal(await row('second.txt').getByText('Paused', { exact: true }).count(), 1);

  await page.getByRole('button', { name: 'Resume second.txt', exact: true }).press('Enter');
  await settled(page, 'second.txt', 'Ready');
  await progress.waitFor({ state: 'detached' });

  // With nothing left to do, the page no longer asks.
  let asked = 0;
  page.on('request', (request) => (asked += request.url().endsWith('/api/ingestion') ? 1 : 0));
  await page.waitForTimeout(5000);
  assert.equal(asked, 0);
}));
