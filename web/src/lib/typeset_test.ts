import { describe, expect, it } from 'vitest';
import { typeset, type Box } from './typeset';

const measure = (text: string, code: boolean) => text.length * (code ? 0.6 : 0.4);
const word = (text: string, x: number, y = 100, height = 10, letter = 4): Box => ({ text, x, y, width: text.length * letter, height });

describe('words set into their boxes', () => {
  it('take the size in which most of them need no stretching', () => {
    const set = typeset([word('some', 0), word('plain', 40), word('words', 80)], measure);
    expect(set.map((s) => s.size)).toEqual([10, 10, 10]);
    expect(set.some((s) => s.code)).toBe(false);
  });

  it('are a typewriter’s where they are much wider than the others', () => {
    const set = typeset([word('some', 0), word('plain', 40), word('words', 80), word('read.csv()', 120, 100, 10, 6)], measure);
    expect(set.map((s) => s.code)).toEqual([false, false, false, true]);
    expect(set[3]!.size).toBeCloseTo(10);
  });

  it('are a typewriter’s where a whole line of them is equally wide, and a wide heading is none', () => {
    const text = ['some', 'plain', 'words'].map((t, i) => word(t, i * 40));
    const code = ['x', '<-', 'c(1,', '2)'].map((t, i) => word(t, i * 40, 120, 10, 6));
    const heading = [word('Reading', 0, 140, 12, 5.6), word('illicit', 60, 140, 12, 5), word('data', 120, 140, 12, 6)];
    const set = typeset([...text, ...code, ...heading], measure);
    expect(set.map((s) => s.code)).toEqual([false, false, false, true, true, true, true, false, false, false]);
  });

  it('stand on one line though their boxes do not', () => {
    const set = typeset([word('some', 0), word('code', 40, 100.9, 9.5), word('words', 80), word('below', 0, 113)], measure);
    expect(new Set(set.slice(0, 3).map((s) => s.baseline)).size).toBe(1);
    expect(set[3]!.baseline).toBeGreaterThan(set[0]!.baseline + 10);
  });

  it('are none on an empty page', () => expect(typeset([], measure)).toEqual([]));
});
