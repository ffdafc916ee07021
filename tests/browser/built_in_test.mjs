// Nothing scripted: the page with the model that comes with DocMind.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, parts } from './support/browser.mjs';
import { setting } from './support/setting.mjs';
import { until } from './support/until.mjs';

const here = setting({
  env: { DOCMIND__LLM__ENABLED: 'true' },
  documents: { 'bridge.txt': 'The Ludwig bridge was opened in 1872. It has seven arches of red sandstone.' },
});

test('The built-in model answers with a source, and the page says how small it is', here.onPage(async (page, t) => {
  const llm = async () => (await (await fetch(`${here.docmind.url}/api/ready`)).json()).parts.llm;
  const loaded = await until(async () => {
    const part = await llm();
    return (part.ok || !/loading|starting/i.test(part.detail)) && part;
  }, 'the built-in model', 120_000);
  if (!loaded.ok) return t.skip(`no built-in model: ${loaded.detail}`);

  await page.getByRole('heading', { name: 'Answers are written by a very small model' }).waitFor();
  const answer = await ask(page, 'When was the Ludwig bridge opened?');
  await answer.and(page.locator('[aria-busy=false]')).waitFor({ timeout: 120_000 });
  assert.match(await answer.innerText(), /1872/);
  await answer.getByRole('button', { name: 'Source 1: bridge.txt, page 1' }).first().click();
  await parts(page).source.locator('mark').getByText(/1872/).waitFor();
  return undefined;
}));
