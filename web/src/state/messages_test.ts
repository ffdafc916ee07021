import { expect, test } from 'vitest';
import type { StoredMessage } from '../lib/types';
import { newMessage, withStored, type Message } from './messages';

const stored = (id: string, role: 'user' | 'assistant', content: string, more: Partial<StoredMessage> = {}): StoredMessage => ({ id, role, content, ...more });
const shown = (role: 'user' | 'assistant', text: string, more: Partial<Message> = {}): Message => ({ ...newMessage(role, text, 'done'), ...more });
const texts = (messages: Message[]) => messages.map((m) => m.text);

test('What was streamed becomes what is stored, in its place and with what only the stream told', () => {
  const question = shown('user', 'When?');
  const answer = shown('assistant', 'In 1872', { steps: [{ kind: 'query', text: 'when' }], timings: { total: 5 } });
  const after = withStored([question, answer], [stored('q', 'user', 'When?'), stored('a', 'assistant', 'In 1872 [1].', { parent_id: 'q', siblings: ['x', 'a'], citations: [{ n: 1, document_id: 'd', name: 'd.txt', page: 1 }] })]);
  expect(after.map((m) => m.key)).toEqual([question.key, answer.key]);
  expect(after.map((m) => m.id)).toEqual(['q', 'a']);
  expect(after[1]).toMatchObject({ text: 'In 1872 [1].', steps: answer.steps, timings: answer.timings, siblings: ['x', 'a'], parentId: 'q' });
  expect(after[1]?.citations).toHaveLength(1);
});

test('Another branch takes the place of the one that was shown, from where they part', () => {
  const before = withStored([], [stored('q', 'user', 'When?'), stored('a', 'assistant', 'Then.'), stored('r', 'user', 'Why?')]);
  const after = withStored(before, [stored('q', 'user', 'When?'), stored('b', 'assistant', 'Now.')]);
  expect(texts(after)).toEqual(['When?', 'Now.']);
  expect(after[0]?.key).toBe(before[0]?.key);
  expect(after[1]?.key).not.toBe(before[1]?.key);
});

test('An answer that failed stays below its question, and nowhere else', () => {
  const failed = shown('assistant', '', { state: 'failed', error: 'The model is away.' });
  const before = [shown('user', 'When?'), failed];
  expect(withStored(before, [stored('q', 'user', 'When?')])[1]).toBe(failed);
  expect(texts(withStored(before, [stored('q', 'user', 'Where?')]))).toEqual(['Where?']);
  // One that the server kept after all is as it was kept.
  const kept = withStored(before, [stored('q', 'user', 'When?'), stored('a', 'assistant', 'In', { stopped: true })]);
  expect(kept[1]).toMatchObject({ key: failed.key, state: 'stopped', text: 'In', error: '' });
});

test('A question that never reached the server stays', () => {
  const before = [...withStored([], [stored('q', 'user', 'When?'), stored('a', 'assistant', 'Then.')]), shown('user', 'Why?'), shown('assistant', '', { state: 'failed' })];
  expect(texts(withStored(before, [stored('q', 'user', 'When?'), stored('a', 'assistant', 'Then.')]))).toEqual(['When?', 'Then.', 'Why?', '']);
});

test('To an answer that was stopped nothing is added while it is shown', () => {
  const stopped = shown('assistant', 'In 18', { state: 'stopped' });
  const after = withStored([shown('user', 'When?'), stopped], [stored('q', 'user', 'When?'), stored('a', 'assistant', 'In 1872', { stopped: true, siblings: ['a'] })]);
  expect(after[1]).toMatchObject({ key: stopped.key, id: 'a', text: 'In 18', sentences: [], siblings: ['a'] });
});

test('What was kept of an answer that was stopped before its first word is shown', () => {
  const after = withStored([shown('user', 'Sum up'), shown('assistant', '', { state: 'stopped' })], [stored('q', 'user', 'Sum up'), stored('a', 'assistant', 'Read so far', { stopped: true })]);
  expect(after[1]).toMatchObject({ id: 'a', text: 'Read so far', state: 'stopped' });
});
