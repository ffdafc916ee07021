import { expect, test } from 'vitest';
import { waterfall } from './timings';

const begins = (timings: Record<string, number>) => Object.fromEntries(waterfall(timings).map((bar) => [bar.name, bar.begin]));

test('sparse search begins with the embedding, everything else where the one before ended', () => {
  expect(begins({ embed: 10, dense: 5, sparse: 4, fuse: 1, rerank: 100, first_token: 200, total: 500 })).toEqual({
    embed: 0, dense: 10, sparse: 0, fuse: 15, rerank: 16, first_token: 116, rest: 316,
  });
});
test('the bars end at the total', () => {
  const bars = waterfall({ condense: 50, embed: 10, dense: 5, sparse: 4, total: 500 });
  expect(Math.max(...bars.map((bar) => bar.begin + bar.length))).toBe(500);
});
test('slow sparse search delays the merge', () => {
  expect(begins({ embed: 1, dense: 1, sparse: 30, fuse: 1 })['fuse']).toBe(30);
});
test('no timings draw nothing', () => {
  expect(waterfall({})).toEqual([]);
  expect(waterfall({ embed: Number.NaN })).toEqual([]);
});
