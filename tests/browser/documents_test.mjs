// Files on their way into the list: several at once, chosen and dropped; what fails says why; what is deleted is asked about first.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parts, pressIn, settled } from './support/browser.mjs';
import { root } from './support/docmind.mjs';
import { setting } from './support/setting.mjs';
import { until } from './support/until.mjs';

const here = setting();
const file = (name, content) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) });
const ids = async (name) => (await here.docmind.documents()).filter((document) => document.name === name).map(({ id }) => id);

test('Several files are chosen at once and each becomes ready', here.onPage(async (page) => {
  const { files, documents } = parts(page);
  const names = ['bridge.txt', 'tower.md', 'station.html'];
  await files.setInputFiles([
    file('bridge.txt', 'The Ludwig bridge was opened in 1872.'),
    file('tower.md', '# The tower\n\nThe water tower holds a million litres.'),
    file('station.html', '<title>Station</title><p>The station has nine platforms.</p>'),
  ]);
  for (const name of names) await settled(page, name, 'Ready');
  assert.equal(await documents.getByRole('listitem').count(), names.length);
  await page.getByText('3 documents', { exact: true }).waitFor();
}));

test('Several files are dropped on the page and each becomes ready', here.onPage(async (page) => {
  const dropped = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['The canal was dug in 1836.'], 'canal.txt', { type: 'text/plain' }));
    transfer.items.add(new File(['The mill stands on the canal.'], 'mill.txt', { type: 'text/plain' }));
    return transfer;
  });
  await page.dispatchEvent('main', 'dragover', { dataTransfer: dropped });
  await page.getByText('Drop to add to your documents').waitFor();
  await page.dispatchEvent('main', 'drop', { dataTransfer: dropped });
  await page.getByText('Drop to add to your documents').waitFor({ state: 'detached' });
  await settled(page, 'canal.txt', 'Ready');
  await settled(page, 'mill.txt', 'Ready');
}));

test('A file that cannot be read says why in the list', here.onPage(async (page) => {
  const { files } = parts(page);
  const encrypted = await readFile(join(root, 'tests/data/encrypted.pdf'));
  await files.setInputFiles([file('empty.txt', ''), file('program.bin', '\x7fELF\x02\x01\x01\0\0\0\0\0'), file('encrypted.pdf', encrypted), file('broken.pdf', '%PDF-1.7\nnothing follows')]);
  const reasons = { 'empty.txt': /empty|nothing to read/i, 'program.bin': /type|cannot be read|not supported/i, 'encrypted.pdf': /encrypt|password/i, 'broken.pdf': /damaged|PDF/i };
  for (const [name, reason] of Object.entries(reasons)) {
    const row = await settled(page, name, /^(Failed|Refused)$/);
    const said = (await row.locator('.document-error').innerText()).trim();
    assert.match(said, reason, name);
    assert.match(said, /^(\S+ ){3}.*\.$/s, `${name}: not a sentence: ${said}`);
  }
  await page.reload();
  await settled(page, 'encrypted.pdf', 'Failed');
}));

test('The same file a second time is said to be here already', here.onPage(async (page) => {
  const { files, documents } = parts(page);
  await here.docmind.add('twice.txt', 'The same words, twice.');
  await documents.getByText('twice.txt').waitFor();
  await files.setInputFiles(file('twice.txt', 'The same words, twice.'));
  await page.getByText(/“twice\.txt” is already here/).waitFor();
  assert.equal((await ids('twice.txt')).length, 1);
}));

test('A document is deleted only after the page has asked', here.onPage(async (page) => {
  const { row } = parts(page);
  await here.docmind.add('diary.txt', 'Dear diary, the ferry was late again.');
  await pressIn(row('diary.txt'), 'Delete diary.txt');
  const asking = page.getByRole('group', { name: 'Delete diary.txt?' });
  await asking.getByRole('button', { name: 'Keep' }).click();
  await asking.waitFor({ state: 'detached' });
  assert.equal((await ids('diary.txt')).length, 1);

  await pressIn(row('diary.txt'), 'Delete diary.txt');
  await asking.getByRole('button', { name: 'Delete' }).click();
  await row('diary.txt').waitFor({ state: 'detached' });
  assert.deepEqual(await ids('diary.txt'), []);
  await page.reload();
  await until(() => page.getByText(/\d+ documents?$|ready/).first().isVisible(), 'the list');
  assert.equal(await row('diary.txt').count(), 0);
}));

test('A name full of markup and tricks is only ever text', here.onPage(async (page) => {
  const { files, documents } = parts(page);
  const name = `<img src=x onerror=window.hacked=1>\u202egnp.txt`;
  await files.setInputFiles(file(name, 'A harmless text with a strange name.'));
  const row = documents.getByRole('listitem').filter({ hasText: 'onerror' });
  await row.getByText('Ready', { exact: true }).waitFor();
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.equal(await row.locator('img').count(), 0);
  assert.doesNotMatch(await row.innerText(), /\u202e/);
}));
