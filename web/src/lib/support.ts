// Which sentences of an answer no passage bears out, and which words each of its numbers stands for. What the server says in byte offsets
// becomes marks in the Markdown, of characters that no text has, which lib/markdown reads.

import type { Sentence } from './types';

/** Private characters: around a doubtful sentence, and behind a citation the number of its sentence. */
export const marks = { begin: '\ue000', end: '\ue001', of: '\ue002', close: '\ue003' };
const anyMark = /[\ue000-\ue003]/g;

export function withoutMarks(text: string): string {
  return text.replace(anyMark, '\ufffd');
}

/** The bullet, number or heading sign a line begins with is no part of what is said. */
const opening = /^(?:\s*(?:[-*+]|\d{1,3}[.)]|#{1,6}|>)\s+)*/;

function balanced(words: string): boolean {
  return ['**', '`', '~~', '__'].every((sign) => words.split(sign).length % 2 === 1);
}

/** The Markdown with every unsupported sentence and every citation marked. Sentences that do not lie in order in the text are left out. */
export function markSentences(text: string, sentences: Sentence[]): string {
  if (sentences.length === 0) return withoutMarks(text);
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder();
  let out = '';
  let at = 0;
  sentences.forEach((sentence, index) => {
    if (sentence.begin < at || sentence.begin >= sentence.end || sentence.end > bytes.length) return;
    out += withoutMarks(decoder.decode(bytes.subarray(at, sentence.begin)));
    const whole = withoutMarks(decoder.decode(bytes.subarray(sentence.begin, sentence.end)));
    const head = opening.exec(whole)?.[0] ?? '';
    const body = whole.slice(head.length).replace(/\[\d{1,3}\]/g, (cited) => `${cited}${marks.of}${index}${marks.close}`);
    // Bold words that begin in one sentence and end in another are not torn apart: then only the end is marked.
    const doubtful = `${marks.begin}${index}${marks.of}`;
    if (sentence.supported) out += head + body;
    else if (balanced(body)) out += `${head}${doubtful}${body}${marks.end}`;
    else out += `${head}${body}${doubtful}${marks.end}`;
    at = sentence.end;
  });
  return out + withoutMarks(decoder.decode(bytes.subarray(at)));
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
