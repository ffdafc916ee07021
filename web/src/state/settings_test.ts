import { expect, test } from 'vitest';
import { changesEmbedding, changesOf, isFixed, takenBack, type Setting, type Settings } from './settings';

function settings(...list: Partial<Setting>[]): Settings {
  return new Map(list.map((one) => [one.key!, { key: '', value: '', origin: 'default', changeable: true, ...one }]));
}

test('only what differs is sent', () => {
  const now = settings({ key: 'agent.mode', value: 'auto' }, { key: 'llm.model', value: 'qwen3' });
  expect(changesOf(now, { 'agent.mode': 'react', 'llm.model': 'qwen3' })).toEqual({ 'agent.mode': 'react' });
  expect(changesOf(now, { 'llm.model': '' })).toEqual({ 'llm.model': '' });
});

test('a key is sent where one was written, and never what stands for it', () => {
  const now = settings({ key: 'llm.api_key', value: '(set)' });
  expect(changesOf(now, { 'llm.api_key': '' })).toEqual({});
  expect(changesOf(now, { 'llm.api_key': 'new' })).toEqual({ 'llm.api_key': 'new' });
});

test('what the environment or a flag sets, or a start alone, is not sent', () => {
  const now = settings({ key: 'a.b', origin: 'environment' }, { key: 'c.d', origin: 'flag' }, { key: 'e.f', changeable: false });
  expect(changesOf(now, { 'a.b': '1', 'c.d': '1', 'e.f': '1', 'g.h': '1' })).toEqual({});
  expect([...now.values()].every(isFixed)).toBe(true);
});

test('going back takes back what was changed, and that alone', () => {
  expect(takenBack(settings({ key: 'a.b', origin: 'changed' }, { key: 'c.d' }))).toEqual({ 'a.b': null });
});

test('another embedding model is told from the key of the same one', () => {
  const now = settings({ key: 'embedding.base_url', value: 'http://a/v1', origin: 'changed' }, { key: 'embedding.api_key', value: '(set)' }, { key: 'embedding.model_dir', value: '/m' });
  expect(changesEmbedding(now, { 'embedding.api_key': 'new', 'llm.model': 'x' })).toBe(false);
  expect(changesEmbedding(now, { 'embedding.base_url': 'http://a/v1' })).toBe(false);
  expect(changesEmbedding(now, { 'embedding.base_url': 'http://b/v1' })).toBe(true);
  expect(changesEmbedding(now, takenBack(now)), 'back to the configuration').toBe(true);
});
