// Finds the quoted words of a citation in the text of its page. Quotes differ from pages in spaces, line ends and hyphens at line
// ends, so those are left out of the comparison; the ranges that come back are in the page's own characters.

import type { ByteRanges } from './types';

export type Range = [begin: number, end: number];

interface Folded {
  text: string;
  /** For every character of `text`, where it stands in the original. */
  at: number[];
}

function fold(original: string): Folded {
  let text = '';
  const at: number[] = [];
  for (let i = 0; i < original.length; ++i) {
    const c = original[i]!;
    if (/[\s\u00ad\u2010-\u2015\-]/.test(c)) continue;
    const plain = c === '\u2018' || c === '\u2019' || c === '`' ? "'" : c === '\u201c' || c === '\u201d' ? '"' : c.toLowerCase();
    for (const piece of plain) {
      text += piece;
      at.push(i);
    }
  }
  return { text, at };
}

/** Where `quote` stands in `page`; if it does not stand there whole, those of its sentences or lines that do. Sorted, not overlapping. */
export function findQuote(page: string, quote: string): Range[] {
  const haystack = fold(page);
  const whole = locate(haystack, fold(quote).text);
  if (whole) return [whole];
  const parts = quote
    .split(/(?<=[.!?:;])\s+|\n+|\s*(?:…|\.\.\.)\s*/)
    .map((part) => fold(part).text)
    .filter((part) => part.length >= 12);
  const found = parts.map((part) => locate(haystack, part) ?? longestStart(haystack, part));
  return merge(found.filter((range) => range !== undefined));
}

function locate(haystack: Folded, needle: string): Range | undefined {
  if (needle === '') return undefined;
  const at = haystack.text.indexOf(needle);
  if (at < 0) return undefined;
  return [haystack.at[at]!, haystack.at[at + needle.length - 1]! + 1];
}

function longestStart(haystack: Folded, needle: string): Range | undefined {
  for (let length = needle.length; length >= 24; length = Math.floor(length * 0.75)) {
    const range = locate(haystack, needle.slice(0, length));
    if (range) return range;
  }
  return undefined;
}

export function merge(ranges: Range[]): Range[] {
  const out: Range[] = [];
  for (const [begin, end] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = out[out.length - 1];
    if (last && begin <= last[1]) last[1] = Math.max(last[1], end);
    else out.push([begin, end]);
  }
  return out;
}

export interface Piece {
  text: string;
  /** Where it stands in the text. */
  begin: number;
  marked: boolean;
}

/** The text cut at the ranges, in order. */
export function pieces(text: string, ranges: Range[]): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  for (const [begin, end] of ranges) {
    if (begin > at) out.push({ text: text.slice(at, begin), begin: at, marked: false });
    out.push({ text: text.slice(begin, end), begin, marked: true });
    at = end;
  }
  if (at < text.length) out.push({ text: text.slice(at), begin: at, marked: false });
  return out;
}

/** What of the ranges lies in [begin, end), counted from `begin`. */
export function within(ranges: Range[], begin: number, end: number): Range[] {
  return ranges.map(([b, e]): Range => [Math.max(b, begin) - begin, Math.min(e, end) - begin]).filter(([b, e]) => b < e);
}

/** Word boxes count bytes of UTF-8; this turns ranges of characters into ranges of bytes. */
export function toByteRanges(text: string, ranges: Range[]): Range[] {
  const encoder = new TextEncoder();
  return ranges.map(([begin, end]) => {
    const before = encoder.encode(text.slice(0, begin)).length;
    return [before, before + encoder.encode(text.slice(begin, end)).length];
  });
}

/** A range of bytes as one of characters; undefined where it is none of this text. */
export function fromByteRange(text: string, [begin, end]: Range): Range | undefined {
  const bytes = new TextEncoder().encode(text);
  if (begin < 0 || begin >= end || end > bytes.length) return undefined;
  const decoder = new TextDecoder();
  const before = decoder.decode(bytes.subarray(0, begin)).length;
  return [before, before + decoder.decode(bytes.subarray(begin, end)).length];
}

/** Those ranges of bytes that are in order and in this text. */
export function fromByteRanges(text: string, ranges: ByteRanges): Range[] {
  const out: Range[] = [];
  for (const { begin, end } of ranges) {
    const range = fromByteRange(text, [begin, end]);
    if (range && range[0] >= (out.at(-1)?.[1] ?? 0)) out.push(range);
  }
  return out;
}

/** The text with the line ends inside paragraphs made spaces, so that it fills the width it is shown in. As long as before: ranges keep their places. */
export function unwrap(text: string): string {
  const lines = text.split('\n');
  const longest = Math.max(...lines.map((line) => line.length));
  let out = '';
  lines.forEach((line, i) => {
    const next = lines[i + 1];
    out += line;
    if (next === undefined) return;
    // Only a full line runs on; lists, tables and code begin with a mark or a space, or their lines are short.
    const runsOn = longest >= 50 && line.length >= longest * 0.72 && /^[^\s•▪*–>$#|-]/.test(next);
    out += runsOn ? ' ' : '\n';
  });
  return out;
}
