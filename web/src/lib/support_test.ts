import { describe, expect, test } from 'vitest';
import { parseMarkdown } from './markdown';
import { confidenceOf, explain, markAnswer } from './support';
import type { Sentence } from './types';

const bytes = (text: string) => new TextEncoder().encode(text).length;

function sentence(text: string, words: string, supported: boolean): Sentence {
  const at = text.indexOf(words);
  return { begin: bytes(text.slice(0, at)), end: bytes(text.slice(0, at + words.length)), supported, problem: supported ? null : 'numbers', n: 1 };
}

const tree = (text: string, sentences: Sentence[]) => JSON.stringify(parseMarkdown(markAnswer(text, sentences)));

describe('markAnswer', () => {
  test('an unsupported sentence is one node, whatever stands in it, and its citation knows its sentence', () => {
    const text = 'Größe zählt [1]. The **toll** was `6` [2]. End.';
    const list = [sentence(text, 'Größe zählt [1].', true), sentence(text, 'The **toll** was `6` [2].', false)];
    expect(parseMarkdown(markAnswer(text, list))).toEqual([
      {
        type: 'paragraph',
        children: [
          { type: 'text', text: 'Größe zählt ' },
          { type: 'citation', numbers: [1], sentence: 0 },
          { type: 'text', text: '. ' },
          {
            type: 'doubt',
            sentence: 1,
            children: [
              { type: 'text', text: 'The ' },
              { type: 'strong', children: [{ type: 'text', text: 'toll' }] },
              { type: 'text', text: ' was ' },
              { type: 'code', text: '6' },
              { type: 'text', text: ' ' },
              { type: 'citation', numbers: [2], sentence: 1 },
              { type: 'text', text: '.' },
            ],
          },
          { type: 'text', text: ' End.' },
        ],
      },
    ]);
  });
  test('a list stays a list, and a table a table', () => {
    const list = '- one thing\n- another thing';
    expect(tree(list, [sentence(list, '- another thing', false)])).toContain('"type":"list"');
    const table = '| a | b |\n|---|---|\n| one cell | other cell |';
    expect(tree(table, [sentence(table, 'other cell', false)])).toMatch(/"type":"table".*"type":"doubt"/);
  });
  test('bold words across sentences stay bold', () => {
    const text = 'It was **so. And so** it was.';
    const shown = tree(text, [sentence(text, 'It was **so.', false)]);
    expect(shown).toContain('"type":"strong"');
    expect(shown).toContain('"type":"doubt"');
  });
  test('marks that stand in the text itself mean nothing', () => {
    expect(tree('a\ue0000\ue002b\ue001', [])).not.toContain('doubt');
  });
  test('offsets that are none of this text are left out', () => {
    expect(markAnswer('short', [{ begin: 0, end: 90, supported: false }])).toBe('short');
  });
});

test('what is wrong is said in words, and a confidence has a level', () => {
  expect(explain({ begin: 0, end: 1, supported: false, problem: 'opposite' })).toContain('opposite');
  expect(confidenceOf(0.8, false)).toEqual({ level: 'high', percent: 80 });
  expect(confidenceOf(0.8, true)).toEqual({ level: 'medium', percent: 80 });
  expect(confidenceOf(0.2, false)?.level).toBe('low');
  expect(confidenceOf(null, false)).toBeUndefined();
});
