// Which sentences of an answer no passage bears out, which words each of its numbers stands for, and which words of its quotations fit the
// question. What the server says in byte offsets becomes marks in the Markdown, of characters that no text has, which lib/markdown reads.

import type { ByteRanges, Sentence } from './types';

/** Private characters: around a doubtful sentence, behind a citation the number of its sentence, and around a word that fits. */
export const marks = { begin: '\ue000', end: '\ue001', of: '\ue002', close: '\ue003', word: '\ue004', wordEnd: '\ue005' };
const anyMark = /[\ue000-\ue005]/g;

export function withoutMarks(text: string): string {
  return text.replace(anyMark, '\ufffd');
}

/** The bullet, number or heading sign a line begins with is no part of what is said. */
const opening = /^(?:\s*(?:[-*+]|\d{1,3}[.)]|#{1,6}|>)\s+)*/;

function balanced(words: string): boolean {
  return ['**', '`', '~~', '__'].every((sign) => words.split(sign).length % 2 === 1);
}

/**
 * The Markdown with every unsupported sentence, every citation and every word that fits marked. What does not lie in order in the text is
 * left out; so are words within sentences: only quotations, which are no sentences of the answer, have them.
 */
export function markAnswer(text: string, sentences: Sentence[], matches: ByteRanges = []): string {
  if (sentences.length === 0 && matches.length === 0) return withoutMarks(text);
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder();
  const read = (from: number, to: number) => withoutMarks(decoder.decode(bytes.subarray(from, to)));
  let next = 0;
  const between = (from: number, to: number) => {
    let words = '';
    for (; next < matches.length && matches[next]!.begin < to; ++next) {
      const { begin, end } = matches[next]!;
      if (begin < from || begin >= end || end > to) continue;
      words += `${read(from, begin)}${marks.word}${read(begin, end)}${marks.wordEnd}`;
      from = end;
    }
    return words + read(from, to);
  };
  let out = '';
  let at = 0;
  sentences.forEach((sentence, index) => {
    if (sentence.begin < at || sentence.begin >= sentence.end || sentence.end > bytes.length) return;
    out += between(at, sentence.begin);
    const whole = read(sentence.begin, sentence.end);
    const head = opening.exec(whole)?.[0] ?? '';
    const body = whole.slice(head.length).replace(/\[\d{1,3}\]/g, (cited) => `${cited}${marks.of}${index}${marks.close}`);
    // Bold words that begin in one sentence and end in another are not torn apart: then only the end is marked.
    const doubtful = `${marks.begin}${index}${marks.of}`;
    if (sentence.supported) out += head + body;
    else if (balanced(body)) out += `${head}${doubtful}${body}${marks.end}`;
    else out += `${head}${body}${doubtful}${marks.end}`;
    at = sentence.end;
  });
  return out + between(at, bytes.length);
}

/** Why a sentence is marked, for people. */
export function explain(sentence: Sentence | undefined): string {
  switch (sentence?.problem) {
    case 'numbers':
      return 'Not supported: the passage that comes closest has other numbers.';
    case 'names':
      return 'Not supported: the passage that comes closest speaks of other names.';
    case 'opposite':
      return 'Not supported: the passage that comes closest says the opposite.';
    default:
      return 'Not supported: no passage says this in words like these.';
  }
}

export interface Confidence {
  level: 'high' | 'medium' | 'low';
  percent: number;
}

/** `doubtful`: some sentence is not supported; such an answer is never highly sure, however much of the rest is. */
export function confidenceOf(value: number | null | undefined, doubtful: boolean): Confidence | undefined {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) return undefined;
  return { level: value >= 0.75 && !doubtful ? 'high' : value >= 0.5 ? 'medium' : 'low', percent: Math.round(value * 100) };
}
