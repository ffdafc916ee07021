import { beforeEach, expect, test, vi } from 'vitest';
import type { StoredMessage } from '../lib/types';

/** The server: what it has stored, and the answers that can be followed. */
let stored: StoredMessage[];
let answers: Record<string, string>;
let asked: { path: string; body: Record<string, unknown> }[];
let lost: boolean;

const done = (session: string) => `event: session\nid: 1\ndata: {"session_id":"${session}"}\n\nevent: done\nid: 2\ndata: {"answer":"In 1872."}\n\n`;
const stream = (text: string) => new Response(text, { headers: { 'Content-Type': 'text/event-stream' } });

async function page() {
  vi.resetModules();
  const { conversation, ...rest } = await import('./conversation');
  const idle = () => vi.waitFor(() => expect(conversation.get().answering || conversation.get().messages.length === 0).toBe(false));
  return { conversation, idle, ...rest };
}

beforeEach(() => {
  vi.unstubAllGlobals();
  sessionStorage.clear();
  localStorage.clear();
  stored = [];
  answers = {};
  asked = [];
  lost = false;
  vi.stubGlobal('BroadcastChannel', class { postMessage() {} });
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : {};
    if (init.method === 'POST') asked.push({ path, body });
    if (path === '/api/chat') {
      if (lost) throw new TypeError('the page is being loaded again');
      const text = done('s');
      answers[String(body.answer_id)] = text;
      const last = stored[stored.length - 1];
      const q = `q${stored.length}`;
      stored.push({ id: q, role: 'user', content: String(body.message), parent_id: last?.id ?? null, siblings: [q] }, { id: `a${stored.length}`, role: 'assistant', content: 'In 1872.', parent_id: q, siblings: [`a${stored.length}`] });
      return stream(text);
    }
    if (path.startsWith('/api/answers/')) {
      const text = answers[path.slice('/api/answers/'.length)];
      return text === undefined ? new Response('{"detail":"no such answer"}', { status: 404 }) : stream(text);
    }
    if (path.endsWith('/messages')) return new Response(JSON.stringify({ messages: stored }));
    return new Response(JSON.stringify({ sessions: [] }));
  });
});

test('A page that is loaded again before it heard of its conversation finds the answer by the id it gave', async () => {
  lost = true;
  const first = await page();
  first.ask('When?');
  await first.idle();
  // The question had come there all the same.
  const id = String(asked[0]?.body.answer_id);
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  answers[id] = done('s');
  stored = [{ id: 'q', role: 'user', content: 'When?', siblings: ['q'] }, { id: 'a', role: 'assistant', content: 'In 1872.', siblings: ['a'] }];

  const second = await page();
  second.restoreSession();
  await second.idle();
  await vi.waitFor(() => expect(second.conversation.get().messages.map((m) => m.id)).toEqual(['q', 'a']));
  expect(second.conversation.get()).toMatchObject({ sessionId: 's' });
  expect(asked).toHaveLength(1);
  expect(sessionStorage.getItem('docmind.pending')).toBeNull();
});

test('Where the question never came there, it is asked again, once, under the same id', async () => {
  lost = true;
  const first = await page();
  first.ask('When?');
  await first.idle();
  lost = false;
  const second = await page();
  second.restoreSession();
  await second.idle();
  expect(asked.map(({ body }) => body.answer_id)).toEqual([asked[0]?.body.answer_id, asked[0]?.body.answer_id]);
  expect(second.conversation.get().messages.map((m) => m.text)).toEqual(['When?', 'In 1872.']);
  const third = await page();
  third.restoreSession();
  await third.idle();
  expect(asked).toHaveLength(2);
});

test('A question of a conversation that had come there is not asked again', async () => {
  localStorage.setItem('docmind.session', 's');
  stored = [{ id: 'q', role: 'user', content: 'When?', parent_id: null, siblings: ['q'] }, { id: 'a', role: 'assistant', content: 'Then.', parent_id: 'q', siblings: ['a'] }];
  const first = await page();
  first.restoreSession();
  await first.idle();
  lost = true;
  first.ask('Why?');
  await first.idle();
  expect(asked[0]?.body).toMatchObject({ parent_id: 'a', session_id: 's' });
  stored.push({ id: 'r', role: 'user', content: 'Why?', parent_id: 'a', siblings: ['r'] });
  const second = await page();
  second.restoreSession();
  await vi.waitFor(() => expect(sessionStorage.getItem('docmind.pending')).toBeNull());
  expect(asked).toHaveLength(1);
  expect(second.conversation.get().messages.map((m) => m.text)).toEqual(['When?', 'Then.', 'Why?']);
});

test('A question in other words follows what the former one followed', async () => {
  const here = await page();
  here.ask('When?');
  await vi.waitFor(() => expect(here.conversation.get().messages.map((m) => m.id)).toEqual(['q0', 'a0']));
  here.ask('Why?');
  await vi.waitFor(() => expect(here.conversation.get().messages.map((m) => m.id)).toEqual(['q0', 'a0', 'q2', 'a2']));
  expect(asked[0]?.body).not.toHaveProperty('parent_id');
  expect(asked[1]?.body).toMatchObject({ parent_id: 'a0' });
  const [first, , second] = here.conversation.get().messages;
  here.askInstead(second!.key, 'Why not?');
  expect(here.conversation.get().messages.map((m) => m.text)).toEqual(['When?', 'In 1872.', 'Why not?', '']);
  await here.idle();
  expect(asked[2]?.body).toMatchObject({ parent_id: 'a0', message: 'Why not?' });
  here.askInstead(first!.key, 'Where?');
  await here.idle();
  expect(asked[3]?.body).toMatchObject({ parent_id: null, message: 'Where?' });
});
