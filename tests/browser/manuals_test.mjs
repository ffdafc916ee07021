// The way of a real manual through the page: uploaded, read, asked about, cited, opened.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ask, finished, parts, pressIn, seen, settled, watch } from './support/browser.mjs';
import { SpeakingModel } from './support/models.mjs';
import { clickTimes, clicked, measureClicks } from './support/quickness.mjs';
import { setting } from './support/setting.mjs';

const manuals = '/usr/share/R/doc/manual';
const skip = existsSync(join(manuals, 'R-intro.pdf')) ? false : 'the R manuals are missing: apt-get install r-doc-pdf';
const question = 'How do I read a CSV file into a data frame?';

const here = setting({ model: new SpeakingModel('An entire data frame can be read directly with the `read.table()` function [1]. A file that is\nseparated by commas is read the same way [2].') });

test('A manual is uploaded, its stages are watched, and the answer opens the page that says it', { skip }, here.onPage(async (page) => {
  const { files, documents, row, log, source } = parts(page);
  await watch(documents, 'list');
  await files.setInputFiles(join(manuals, 'R-intro.pdf'));
  await settled(page, 'R-intro.pdf', 'Ready', 180_000);
  const states = (await seen(page, 'list')).join('\n');
  for (const stage of ['Reading', 'Embedding', 'Ready']) assert.match(states, new RegExp(stage), `no ${stage} in\n${states}`);
  const shares = [...states.matchAll(/(\d+) %/g)].map((match) => Number(match[1]));
  assert.ok(new Set(shares).size >= 5, `the progress moved only through ${shares}`);
  assert.ok(shares.every((share) => share <= 100));
  assert.match(await row('R-intro.pdf').innerText(), /\d+ pages/);

  await watch(log, 'log');
  const answer = await ask(page, question);
  await finished(page, answer);
  const steps = await seen(page, 'log');
  assert.ok(steps.some((text) => /Thinking…|Searching for/.test(text)), 'nothing said that an answer is being thought of');
  const written = steps.filter((text) => /An entire/.test(text) && !/Sources/.test(text));
  assert.ok(new Set(written).size >= 5, 'the answer did not come bit by bit');

  const chip = answer.getByRole('button', { name: /^Source \d+: R-intro\.pdf, page \d+$/ }).first();
  const wanted = Number(/page (\d+)$/.exec(await chip.getAttribute('aria-label'))[1]);
  await chip.click();
  await source.getByText(new RegExp(`^Page ${wanted} of \\d+$`)).waitFor();
  const [{ id }] = await here.docmind.documents();
  const { text } = await here.docmind.get(`/api/documents/${id}/pages/${wanted}`);
  assert.match(text, /read\.csv|read\.table/);
  assert.match(await source.innerText(), /read\.csv|read\.table/);
  const marked = await source.locator('mark').allInnerTexts();
  assert.ok(marked.join('').trim().length > 20, 'the quoted words are not marked');

  await source.getByRole('button', { name: 'Page', exact: true }).click();
  await source.getByRole('img', { name: `Layout of page ${wanted}` }).waitFor();
  await source.getByRole('button', { name: 'Next page' }).click();
  await source.getByText(new RegExp(`^Page ${wanted + 1} of \\d+$`)).waitFor();
  await source.getByRole('button', { name: 'Back to the quote' }).click();
  await source.getByText(new RegExp(`^Page ${wanted} of \\d+$`)).waitFor();
}));

test('While manuals are read, a question is answered before they are done and clicks are answered at once', { skip }, here.onPage(async (page, t) => {
  const { files, documents, row } = parts(page);
  const more = ['R-exts.pdf', 'R-lang.pdf', 'R-ints.pdf', 'R-admin.pdf'];
  await files.setInputFiles(more.map((name) => join(manuals, name)));
  await documents.getByText('Embedding').first().waitFor();

  const answer = await ask(page, question);
  await measureClicks(page);
  for (let i = 1; i <= 15; ++i) await clicked(page, page.getByRole('button', { name: /^Colours: / }), i);
  await finished(page, answer);
  const waiting = (await here.docmind.documents()).filter((document) => more.includes(document.name) && document.status !== 'ready');
  assert.ok(waiting.length > 0, 'every manual was read before the answer came');
  assert.match(await answer.innerText(), /read\.table/);

  const { median, slowest, times } = await clickTimes(page);
  t.diagnostic(`click to painted frame while ${waiting.length} manuals are read: median ${median} ms, slowest ${slowest} ms (${times.join(' ')})`);
  assert.ok(median <= 100, `the median click took ${median} ms`);
  assert.ok(slowest <= 400, `the slowest click took ${slowest} ms`);

  const { name, id } = waiting[0];
  await pressIn(row(name), `Cancel ${name}`);
  await settled(page, name, 'Cancelled', 10_000);
  assert.equal((await here.docmind.get(`/api/documents/${id}`)).status, 'cancelled');
}));
