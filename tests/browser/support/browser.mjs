// Chromium, and the page's parts by the names it promises to assistive technology.

import { chromium } from 'playwright-core';

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags });

/** A page in a fresh profile. `page.troubles` gathers script errors and broken rules of the content security policy. */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  page.troubles = [];
  page.on('pageerror', (error) => page.troubles.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && /security policy|react/i.test(message.text())) page.troubles.push(message.text());
  });
  await page.goto(url);
  return page;
}

export function parts(page) {
  const documents = page.getByRole('list', { name: 'Documents', exact: true });
  const log = page.getByRole('log', { name: 'Conversation', exact: true });
  return {
    files: page.getByLabel('Upload documents', { exact: true }),
    documents,
    row: (name) => documents.getByRole('listitem').filter({ hasText: name }),
    question: page.getByRole('textbox', { name: 'Ask a question', exact: true }),
    send: page.getByRole('button', { name: 'Send', exact: true }),
    stop: page.getByRole('button', { name: 'Stop', exact: true }),
    log,
    answers: log.getByRole('article', { name: 'Answer', exact: true }),
    source: page.getByRole('region', { name: 'Source', exact: true }),
  };
}

/** Sends a question; the place of its answer. */
export async function ask(page, question) {
  const { question: box, send, answers } = parts(page);
  const before = await answers.count();
  await box.fill(question);
  await send.click();
  return answers.nth(before);
}

/** Waits until the answer is whole, and until it is no longer the one being written. */
export async function finished(page, answer) {
  await answer.and(page.locator('[aria-busy=false]')).waitFor();
  return answer.innerText();
}

/** A row of the list in one of its end states. */
export async function settled(page, name, state, timeout = 120_000) {
  const row = parts(page).row(name);
  await row.getByText(state, { exact: true }).waitFor({ timeout });
  return row;
}

/** Presses a button that a row shows under the pointer. The list may move between the two (a file comes, the progress goes): then the pointer follows, as a person's does. */
export async function pressIn(row, button) {
  const target = row.getByRole('button', typeof button === 'string' ? { name: button, exact: true } : { name: button });
  for (let tries = 20; ; --tries) {
    await row.hover();
    try {
      return await target.first().click({ timeout: 1500 });
    } catch (error) {
      if (tries === 0 || !/Timeout/.test(String(error))) throw error;
    }
  }
}

/** Keeps the different texts an element goes through, from now on. Read with `seen`. */
export async function watch(locator, key) {
  await locator.evaluate((element, name) => {
    const seen = ((window.seen ??= {})[name] = [element.textContent]);
    const note = () => seen.at(-1) !== element.textContent && seen.push(element.textContent);
    new MutationObserver(note).observe(element, { childList: true, characterData: true, subtree: true });
  }, key);
}

export const seen = (page, key) => page.evaluate((name) => window.seen[name], key);
