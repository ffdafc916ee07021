// Another embedding model: a line says how far it is and what works meanwhile, and it can be halted, given up and begun anew.

import { createServer } from 'node:http';
import { once } from 'node:events';
import { test } from 'node:test';
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
}

const here = setting({ documents: { 'otters.txt': 'Otters swim in the river.', 'bridge.txt': 'The bridge was opened in 1872.' } });

test('The change to another embedding model is shown, paused, cancelled and begun anew', here.onPage(async (page) => {
  const held = new HeldModel();
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
  held.server.close();
}));
