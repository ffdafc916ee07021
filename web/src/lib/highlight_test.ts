import { describe, expect, test } from 'vitest';
import { findQuote, fromByteRange, pieces, toByteRanges, unwrap } from './highlight';

const page = 'The function\nread.table() reads a file in ta-\nble format.  It “creates” a data frame.\nOther words stand here, far from the quote.';

const marked = (quote: string) => findQuote(page, quote).map(([b, e]) => page.slice(b, e));

describe('findQuote', () => {
  test('finds a quote across line ends, hyphens and other quotation marks', () => {
    expect(marked('reads a file in table format. It "creates" a data frame.')).toEqual([
      'reads a file in ta-\nble format.  It “creates” a data frame.',
    ]);
  });
  test('marks the sentences that are there when the quote is not there whole', () => {
    expect(marked('Nothing like this is there at all. Other words stand here, far from the quote.')).toEqual([
      'Other words stand here, far from the quote.',
    ]);
  });
  test('marks nothing when nothing is there', () => {
    expect(marked('A sentence from some other book entirely.')).toEqual([]);
    expect(marked('')).toEqual([]);
  });
});

test('pieces put together are the text', () => {
  const cut = pieces(page, findQuote(page, 'data frame'));
  expect(cut.map((p) => p.text).join('')).toBe(page);
  expect(cut.filter((p) => p.marked).map((p) => p.text)).toEqual(['data frame']);
});

test('byte ranges count UTF-8, not characters', () => {
  expect(toByteRanges('äöü abc 🎈 x', [[4, 7]])).toEqual([[7, 10]]);
  expect(toByteRanges('🎈x', [[2, 3]])).toEqual([[4, 5]]);
});

test('ranges of bytes and of characters are each other\'s way back', () => {
  const text = 'äöü abc 🎈 x';
  expect(fromByteRange(text, toByteRanges(text, [[4, 7]])[0]!)).toEqual([4, 7]);
  expect(fromByteRange(text, toByteRanges(text, [[8, 10]])[0]!)).toEqual([8, 10]);
  expect(fromByteRange(text, [0, 0])).toBeUndefined();
  expect(fromByteRange(text, [2, 400])).toBeUndefined();
});

describe('unwrap', () => {
  const paragraph = 'If the file has one fewer item in its first line than in its second, this\narrangement is presumed to be in force.';
  test('joins the lines of a paragraph and keeps every character in its place', () => {
    expect(unwrap(paragraph)).toBe(paragraph.replace('\n', ' '));
    expect(unwrap(paragraph)).toHaveLength(paragraph.length);
  });
  test('leaves lists, tables, code and blank lines as they are', () => {
    const text = `${paragraph.split('\n')[0]}\n\n• A point that is as long as the lines of the paragraph above this one are\n• Another\n01\n02\n    x <- read.csv("a.csv")\n    str(x)`;
    expect(unwrap(text)).toBe(text);
  });
});
