// What a file of tests needs around it: a model server, DocMind and a browser, started before its tests and ended after them.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { launch, openPage } from './browser.mjs';
import { Docmind } from './docmind.mjs';

/** `model`: a model server that is not started yet, or nothing. `documents`: names and texts that are there from the beginning. */
export function setting({ model, env, documents = {} } = {}) {
  const here = { model };
  before(async () => {
    await model?.start();
    [here.docmind, here.browser] = await Promise.all([new Docmind({ ...model?.env, ...env }).start(), launch()]);
    for (const [name, text] of Object.entries(documents)) await here.docmind.add(name, text);
  });
  after(async () => {
    await here.browser?.close();
    await here.docmind?.remove();
    await model?.close();
  });
  /** Runs a test on a fresh page, which ends with it; nothing may go wrong inside the page. */
  here.onPage = (use, options) => async (t) => {
    const page = await openPage(here.browser, here.docmind.url, options);
    try {
      await use(page, t);
    } finally {
      await page.context().close();
    }
    assert.deepEqual(page.troubles, []);
  };
  return here;
}
