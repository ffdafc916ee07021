// Another embedding model: a line says how far it is and what works meanwhile, and it can be halted, given up and begun anew.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { test } from 'node:test';
import { ask, finished } from './support/browser.mjs';
import { setting } from './support/setting.mjs';

/** `/v1/embeddings` that answers passages only once it is let. */
class HeldModel {
  constructor() {
    this.let = new Promise((resolve) => (this.go = resolve));
    this.server = createServer(async (request, response) => {
      let body = '';
      for await (const piece of request) body += piece;
      if (request.method !== 'POST') return response.writeHead(404).end();
      const { input } = JSON.parse(body);
      if (!input.includes('dimension')) await this.let;
      const data = input.map((text, index) => ({ object: 'embedding', index, embedding: [text.length, 1, 2, 3, 4, 5, 6, 7] }));
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ object: 'list', data, model: 'held' }));
    });
  }

  async start() {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${this.server.address().port}/v1`;
  }

  stop() {
    this.go();
    this.server.close();
    this.server.closeAllConnections();
  }
}

const here = setting({ documents: { 'otters.txt': 'Otters swim in the river.', 'bridge.txt': 'The bridge was opened in 1872.' } });

test('Another embedding model is named in the settings, confirmed, and taken back', here.onPage(async (page, t) => {
  const held = new HeldModel();
  t.after(() => held.stop());
  const address = await held.start();
  const open = async () => {
    await page.getByRole('button', { name: 'Settings' }).click();
    const dialog = page.getByRole('dialog', { name: 'Settings' });
    await dialog.getByLabel('Meaning is found by').waitFor();
    return dialog;
  };
  const group = page.getByRole('group', { name: 'New embedding model', exact: true });
  let dialog = await open();
  assert.match(await dialog.getByLabel('Folder', { exact: true }).inputValue(), /^\/.*embedding/);
  await dialog.getByLabel('Meaning is found by').selectOption('server');
  await dialog.getByLabel('Server', { exact: true }).fill('http://127.0.0.1:9');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const confirm = dialog.getByRole('group', { name: 'Embed all passages anew?' });
  await confirm.getByText(/: 2 passages will be embedded anew in the background\./).waitFor();
  await confirm.getByRole('button', { name: 'Embed anew' }).click();
  // A server that is not there: the refusal stands beside the form, and what was written is still in it.
  await dialog.getByRole('alert').getByText(/The embedding model stays as it is.*127\.0\.0\.1:9/).waitFor();
  assert.equal(await dialog.getByLabel('Server', { exact: true }).inputValue(), 'http://127.0.0.1:9');
  await dialog.getByLabel('Server', { exact: true }).fill(address);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await confirm.getByRole('button', { name: 'Back' }).press('Enter');
  assert.equal(await dialog.getByLabel('Server', { exact: true }).inputValue(), address);
  assert.equal(await group.count(), 0, 'nothing has begun');
  await dialog.getByRole('button', { name: 'Save' }).press('Enter');
  await confirm.getByRole('button', { name: 'Embed anew' }).press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await group.getByText('New embedding model held: 0 of 2 passages', { exact: true }).waitFor();
  const answer = await ask(page, 'When was the bridge opened?');
  assert.match(await finished(page, answer), /1872/);

  dialog = await open();
  assert.equal(await dialog.getByLabel('Server', { exact: true }).inputValue(), address);
  await dialog.getByRole('button', { name: 'Back to the configuration' }).click();
  await confirm.getByText('The change that is under way now is given up.').waitFor();
  await confirm.getByRole('button', { name: 'Embed anew' }).click();
  await dialog.waitFor({ state: 'detached' });
  await group.waitFor({ state: 'detached' });
}));

test('The change to another embedding model is shown, paused, cancelled and begun anew', here.onPage(async (page, t) => {
  const held = new HeldModel();
  t.after(() => held.stop());
  await here.docmind.stop();
  here.docmind.env.DOCMIND__EMBEDDING__BASE_URL = await held.start();
  await here.docmind.start();
  const group = page.getByRole('group', { name: 'New embedding model', exact: true });
  const press = (name) => group.getByRole('button', { name, exact: true }).press('Enter');
  await group.getByText('New embedding model held: 0 of 2 passages', { exact: true }).waitFor();
  await group.getByText('Search goes on with the former model until this is done.').waitFor();
  await group.getByRole('progressbar', { name: 'Re-indexing progress', exact: true }).waitFor();

  await press('Pause');
  await group.getByText('New embedding model held: 0 of 2 passages · paused', { exact: true }).waitFor();
  await press('Resume');
  await press('Cancel');
  await group.getByText('The documents stay with the embedding model bge-small-en-v1.5', { exact: true }).waitFor();
  await press('Change model');
  await group.getByText(/^New embedding model held/).waitFor();
  held.go();
  await group.waitFor({ state: 'detached' });
}));
