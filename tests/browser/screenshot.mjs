// Makes docs/page.png, the picture in README.md: the real program with the R manuals in it, a question, and the cited page.
//
//   npm run screenshot
//
// With the built-in model, or with the one that DOCMIND__LLM__BASE_URL names. The fonts are this machine's: Inter and Liberation Serif look best.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ask, finished, launch, openPage, parts, settled } from './support/browser.mjs';
import { Docmind, root } from './support/docmind.mjs';
import { until } from './support/until.mjs';

const manuals = ['R-admin.pdf', 'R-lang.pdf', 'R-data.pdf', 'R-intro.pdf'].map((name) => join('/usr/share/R/doc/manual', name));
const target = process.argv[2] ?? join(root, 'docs/page.png');
const size = { width: 1440, height: 900 };

const docmind = await new Docmind({ DOCMIND__LLM__ENABLED: 'true' }).start();
const browser = await launch();
try {
  const page = await openPage(browser, docmind.url, { viewport: size, colorScheme: 'light', reducedMotion: 'reduce' });
  const { files, row, source } = parts(page);
  for (const manual of manuals) {
    const name = manual.split('/').at(-1);
    await files.setInputFiles(manual);
    await row(name).waitFor();
    console.log(`reading ${name}`);
    await settled(page, name, 'Ready', 600_000);
  }
  await until(async () => (await docmind.get('/api/ready').catch(() => undefined))?.status === 'ready', 'the language model', 120_000);
  console.log('asking');
  const answer = await ask(page, 'Which function reads an entire data frame from a CSV file?');
  await answer.and(page.locator('[aria-busy=false]')).waitFor({ timeout: 300_000 });
  await finished(page, answer);
  await answer.getByRole('button', { name: /^Source \d+: R-/ }).first().click();
  await source.getByRole('button', { name: 'Page', exact: true }).click();
  await source.getByRole('img', { name: /^Layout of page/ }).waitFor();
  await page.mouse.move(size.width / 2, 30);
  await parts(page).log.evaluate((log) => log.scrollTo({ top: 0 }));
  await mkdir(join(root, 'docs'), { recursive: true });
  await page.screenshot({ path: target });
  if (process.argv[3]) {
    await source.getByRole('button', { name: 'Text', exact: true }).click();
    await page.screenshot({ path: process.argv[3] });
  }
} finally {
  await browser.close();
  await docmind.remove();
}
