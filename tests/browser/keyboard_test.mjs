// The page without a mouse and without seeing it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, finished, parts } from './support/browser.mjs';
import { SpeakingModel } from './support/models.mjs';
import { setting } from './support/setting.mjs';

const model = new SpeakingModel('The Ludwig bridge was opened in 1872 [1].');
const here = setting({ model, documents: { 'bridge.txt': 'The Ludwig bridge was opened in 1872 and has seven arches.' } });
const question = 'When was the Ludwig bridge opened?';

const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element.getAttribute('aria-label') ?? element.textContent.trim();
  });

/** The focus comes to it, a moment after what made it move. */
const focusComesTo = (page, name) =>
  page.waitForFunction((wanted) => {
    const element = document.activeElement;
    return (element.getAttribute('aria-label') ?? element.textContent.trim()) === wanted;
  }, name);

/** To the first control of the page, where Tab begins. */
const toTheTop = (page) => page.getByRole('link', { name: 'Skip to the question' }).focus();

test('Everything has the name that was promised', here.onPage(async (page) => {
  const { files, documents, question: box, send, stop, log, source } = parts(page);
  for (const part of [files, documents, box, send, log]) assert.equal(await part.count(), 1);
  assert.equal(await files.getAttribute('type'), 'file');
  assert.equal(await files.evaluate((input) => input.multiple), true);
  assert.equal(await log.getAttribute('aria-live'), 'polite');
  assert.equal(await page.title(), 'DocMind');
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  assert.equal(await page.getByRole('main').count(), 1);
  assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);

  Object.assign(model, { pace: 40 });
  const answer = await ask(page, question);
  await stop.waitFor();
  assert.equal(await answer.getAttribute('aria-busy'), 'true');
  assert.equal(await send.count(), 0);
  await finished(page, answer);
  model.pace = 8;
  await answer.getByRole('button', { name: 'Source 1: bridge.txt, page 1' }).first().click();
  // A loose search for the name finds the region alone, too.
  await source.waitFor();
  assert.equal(await page.getByRole('region', { name: 'Source' }).count(), 1);
  assert.equal(await page.getByRole('button', { name: 'Send' }).count(), 1);
}));

test('No control is without a name', here.onPage(async (page) => {
  const answer = await ask(page, question);
  await finished(page, answer);
  await answer.getByRole('button', { name: /^Source 1/ }).first().click();
  await parts(page).source.waitFor();
  await page.getByRole('button', { name: 'Conversations' }).click();
  const nameless = await page.evaluate(() =>
    [...document.querySelectorAll('button, a, input, textarea, [role=button], [tabindex="0"]')]
      .filter((element) => !(element.getAttribute('aria-label') || element.textContent.trim() || element.labels?.length))
      .map((element) => element.outerHTML.slice(0, 200)),
  );
  assert.deepEqual(nameless, []);
}));

test('Tab reaches every control in the order of the page, and back', here.onPage(async (page) => {
  const answer = await ask(page, question);
  await finished(page, answer);
  await toTheTop(page);
  const order = [await focused(page)];
  for (let i = 0; i < 40 && order.at(-1) !== 'Ask a question'; ++i) {
    await page.keyboard.press('Tab');
    const name = await focused(page);
    order.push(name);
    const visible = await page.evaluate(() => {
      const box = document.activeElement.getBoundingClientRect();
      return box.width > 0 && box.height > 0;
    });
    assert.ok(visible, `${name} has the focus but cannot be seen`);
  }
  const wanted = ['Skip to the question', 'Conversations', 'New conversation', 'Upload documents', 'bridge.txt', 'Summarise bridge.txt', 'Ask only about bridge.txt', 'Process bridge.txt again', 'Delete bridge.txt', 'Conversation', 'Edit question', 'Source 1: bridge.txt, page 1', 'Copy', 'Regenerate', 'Ask a question'];
  const places = wanted.map((name) => order.indexOf(name));
  assert.ok(!places.includes(-1), `not reached: ${wanted.filter((_, i) => places[i] === -1)} in ${order.join(' | ')}`);
  assert.deepEqual(places, [...places].sort((a, b) => a - b), `out of order: ${order.join(' | ')}`);

  const back = [];
  for (let i = 0; i < 40 && back.at(-1) !== 'Upload documents'; ++i) {
    await page.keyboard.press('Shift+Tab');
    back.push(await focused(page));
  }
  assert.ok(back.includes('Delete bridge.txt') && back.includes('Upload documents'), `back: ${back.join(' | ')}`);
}));

test('The focus can be seen on every control', here.onPage(async (page) => {
  await parts(page).row('bridge.txt').waitFor();
  await toTheTop(page);
  for (let i = 0; i < 12; ++i) {
    await page.keyboard.press('Tab');
    const shown = await page.evaluate(() => {
      const ringed = (element) => {
        const style = getComputedStyle(element);
        return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || /px/.test(style.boxShadow);
      };
      const element = document.activeElement;
      return ringed(element) || ringed(element.parentElement);
    });
    assert.ok(shown, `${await focused(page)} shows no focus`);
    if ((await focused(page)) === 'Ask a question') break;
  }
}));

test('Enter sends, Shift and Enter make a line, Escape closes the source and the focus goes back', here.onPage(async (page) => {
  const { question: box, answers, source } = parts(page);
  await box.focus();
  await page.keyboard.type('When was the');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('Ludwig bridge opened?');
  assert.equal(await box.inputValue(), 'When was the\nLudwig bridge opened?');
  await page.keyboard.press('Enter');
  const answer = answers.first();
  await finished(page, answer);
  assert.equal(await box.inputValue(), '');
  assert.equal(await focused(page), 'Ask a question');

  const chip = answer.getByRole('button', { name: 'Source 1: bridge.txt, page 1' }).first();
  await chip.focus();
  await page.keyboard.press('Enter');
  await source.waitFor();
  await focusComesTo(page, 'bridge.txt'); // into the source
  await page.keyboard.press('Escape');
  await source.waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.activeElement.matches('.chip'));
  await focusComesTo(page, 'Source 1: bridge.txt, page 1');
}));

test('An empty question is not sent', here.onPage(async (page) => {
  const { question: box, send, answers } = parts(page);
  assert.ok(await send.isDisabled());
  await box.fill('   \n ');
  assert.ok(await send.isDisabled());
  await box.press('Enter');
  assert.equal(await answers.count(), 0);
}));

test('A document is deleted with the keyboard alone, and the focus stays in the list', here.onPage(async (page) => {
  await here.docmind.add('diary.txt', 'Dear diary, the ferry was late again.');
  await parts(page).row('diary.txt').waitFor();
  const erase = page.getByRole('button', { name: 'Delete diary.txt', exact: true });
  await erase.focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.textContent === 'Keep');
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.activeElement.ariaLabel === 'Delete diary.txt');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.textContent === 'Keep');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await parts(page).row('diary.txt').waitFor({ state: 'detached' });
  await focusComesTo(page, 'bridge.txt');
}));
