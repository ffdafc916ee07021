// A question in other words and an answer given again are branches of the conversation: nothing is lost, and every tab shows the same one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, finished, parts, pressIn } from './support/browser.mjs';
import { ScriptedModel } from './support/models.mjs';
import { setting } from './support/setting.mjs';

const model = new ScriptedModel();
const facts = 'The Ludwig bridge was opened in 1872.\n\nThe toll on the Ludwig bridge was two kreuzer for a person.';
const here = setting({ model, documents: { 'bridge.txt': facts } });
const opened = 'When was the Ludwig bridge opened?';
const toll = 'What was the toll on the Ludwig bridge?';

const questions = (page) => parts(page).log.getByRole('article', { name: 'You asked' });
const asked = async (page) => (await questions(page).locator('p').allInnerTexts()).map((text) => text.trim());
const versions = (message, n, total) => message.getByRole('group', { name: `Version ${n} of ${total}` });
const focused = (page) => page.evaluate(() => document.activeElement.getAttribute('aria-label'));

/** The ids are there: what is asked next goes where it is shown. */
const settled = (page) => page.waitForFunction(() => [...document.querySelectorAll('article.message')].every((message) => message.dataset.message));

async function edit(page, nth, text) {
  const before = await parts(page).answers.count();
  await pressIn(questions(page).nth(nth), 'Edit question');
  const box = page.getByRole('textbox', { name: 'Edit the question' });
  await box.fill(text);
  await page.keyboard.press('Enter');
  await finished(page, parts(page).answers.nth(Math.min(nth, before)));
  await settled(page);
}

test('An edited question stands beside the former one, and the arrows lead back and forth over a reload', here.onPage(async (page) => {
  await model.script({ default: 'echo' });
  await finished(page, await ask(page, opened));
  await finished(page, await ask(page, toll));
  await settled(page);
  await edit(page, 0, 'In which year was the Ludwig bridge opened?');
  assert.deepEqual(await asked(page), ['In which year was the Ludwig bridge opened?']);
  await versions(questions(page).first(), 2, 2).waitFor();
  await page.getByRole('button', { name: 'Previous version' }).click();
  await versions(questions(page).first(), 1, 2).waitFor();
  assert.deepEqual(await asked(page), [opened, toll]);
  await page.reload();
  await versions(questions(page).first(), 1, 2).waitFor();
  assert.deepEqual(await asked(page), [opened, toll]);
}));

test('With the keyboard alone: arrow up edits, Escape leaves it, Enter asks, left and right change the version', here.onPage(async (page) => {
  await model.script({ default: 'echo' });
  await finished(page, await ask(page, opened));
  await settled(page);
  await parts(page).question.focus();
  await page.keyboard.press('ArrowUp');
  await page.waitForFunction(() => document.activeElement.ariaLabel === 'Edit the question');
  await page.keyboard.type(' And why?');
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.activeElement.ariaLabel === 'Edit question');
  assert.deepEqual(await asked(page), [opened]);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.ariaLabel === 'Edit the question');
  await page.keyboard.type(' Tell me.');
  await page.keyboard.press('Enter');
  await questions(page).getByText(`${opened} Tell me.`, { exact: true }).waitFor();
  await finished(page, parts(page).answers.first());
  assert.equal(await focused(page), 'Ask a question');
  await versions(questions(page).first(), 2, 2).getByRole('button', { name: 'Previous version' }).focus();
  await page.keyboard.press('ArrowLeft');
  await versions(questions(page).first(), 1, 2).waitFor();
  // At the end the focus goes to the button that still leads somewhere.
  await page.waitForFunction(() => document.activeElement.ariaLabel === 'Next version');
  await page.keyboard.press('ArrowRight');
  await versions(questions(page).first(), 2, 2).waitFor();
  await page.waitForFunction(() => document.activeElement.ariaLabel === 'Previous version');
}));

test('An answer given again keeps the former one', here.onPage(async (page) => {
  await model.script({ default: 'echo' });
  const answer = await ask(page, opened);
  const first = await finished(page, answer);
  await settled(page);
  await model.script({ default: 'swaps_numbers' });
  await page.getByRole('button', { name: 'Regenerate' }).click();
  await versions(answer, 2, 2).waitFor();
  await finished(page, answer);
  assert.notEqual(await answer.locator('.markdown').innerText(), first);
  await answer.getByRole('button', { name: 'Previous version' }).click();
  await versions(answer, 1, 2).waitFor();
  assert.match(first, /opened in 1872/);
  assert.match(await answer.locator('.markdown').innerText(), /opened in 1872/);
  // A question goes on from the version that is shown.
  await finished(page, await ask(page, toll));
  await settled(page);
  await versions(answer, 1, 2).waitFor();
}));

test('Two tabs show the same branch, whichever of them edits, chooses or asks', here.onPage(async (page) => {
  await model.script({ default: 'echo' });
  await finished(page, await ask(page, opened));
  await settled(page);
  const other = await page.context().newPage();
  await other.goto(here.docmind.url);
  await questions(other).getByText(opened, { exact: true }).waitFor();

  await edit(page, 0, toll);
  await questions(other).getByText(toll, { exact: true }).waitFor();
  await versions(questions(other).first(), 2, 2).waitFor();
  await finished(other, parts(other).answers.first());

  await other.getByRole('button', { name: 'Previous version' }).click();
  await questions(page).getByText(opened, { exact: true }).waitFor();
  await versions(questions(page).first(), 1, 2).waitFor();
  assert.deepEqual(await asked(page), await asked(other));

  // While an answer is written in one, no branch can be chosen in the other.
  await model.script({ default: 'slow_tokens', pace: 0.05, tokens: 60 });
  const answer = await ask(other, 'What was the toll on the Ludwig bridge for one person?');
  await answer.getByText(/word3 /).waitFor();
  await parts(page).answers.nth(1).getByText(/word3 /).waitFor();
  assert.ok(await page.getByRole('button', { name: 'Next version' }).first().isDisabled());
  await finished(page, parts(page).answers.nth(1));
  assert.deepEqual(await asked(page), [opened, 'What was the toll on the Ludwig bridge for one person?']);
}));
