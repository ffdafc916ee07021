// A large file: its connection breaks with the server, and nothing of it is sent twice.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { parts, pressIn, settled } from './support/browser.mjs';
import { setting } from './support/setting.mjs';
import { until } from './support/until.mjs';

const here = setting();
const bytes = 24 * 1024 * 1024;

/** Chooses a file of the page's own making, as its input would. */
const choose = (page, name) =>
  page.evaluate(
    ([called, size]) => {
      const line = `${'The lighthouse keeper counts the ships. '.repeat(25)}\n`;
      const transfer = new DataTransfer();
      transfer.items.add(new File([line.repeat(Math.ceil(size / line.length)).slice(0, size)], called, { type: 'text/plain', lastModified: 1 }));
      const input = document.querySelector('input[type=file]');
      input.files = transfer.files;
      input.dispatchEvent(new Event('change', { bubbles: true }));
    },
    [name, bytes],
  );

test('A large file goes on where the server left it', here.onPage(async (page) => {
  const { row } = parts(page);
  const sent = [];
  page.on('request', (request) => request.url().includes('/api/uploads') && sent.push(`${request.method()} ${request.headers()['upload-offset'] ?? ''}`.trim()));
  await page.getByText('Drop files here').waitFor();
  // A slow line, so that there is a middle.
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 4 * 1024 * 1024 });
  await choose(page, 'keeper.txt');
  await row('keeper.txt').getByRole('progressbar').waitFor();
  await until(async () => Number(await row('keeper.txt').getByRole('progressbar').getAttribute('aria-valuenow')) > 30, 'a third of it');
  await here.docmind.kill();
  await here.docmind.start();
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await until(async () => (await here.docmind.documents()).some(({ name }) => name === 'keeper.txt'), 'the document');
  const [document] = (await here.docmind.documents()).filter(({ name }) => name === 'keeper.txt');
  const line = `${'The lighthouse keeper counts the ships. '.repeat(25)}\n`;
  const content = line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes);
  assert.equal(document.sha256, createHash('sha256').update(content).digest('hex'));
  assert.equal(sent.filter((request) => request.startsWith('POST')).length, 1);
  assert.ok(sent.some((request) => request.startsWith('HEAD')), sent.join(', '));
}));

test('A large file that is taken off the list is removed from the server', here.onPage(async (page) => {
  const { row } = parts(page);
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 1024 * 1024 });
  await choose(page, 'unwanted.txt');
  await row('unwanted.txt').getByRole('progressbar').waitFor();
  const removed = page.waitForRequest((request) => request.method() === 'DELETE' && request.url().includes('/api/uploads/'));
  await until(async () => Number(await row('unwanted.txt').getByRole('progressbar').getAttribute('aria-valuenow')) > 3, 'some of it');
  await pressIn(row('unwanted.txt'), 'Cancel unwanted.txt');
  await row('unwanted.txt').waitFor({ state: 'detached' });
  assert.equal((await (await removed).response()).status(), 204);
  assert.ok(!(await here.docmind.documents()).some(({ name }) => name === 'unwanted.txt'));
}));
