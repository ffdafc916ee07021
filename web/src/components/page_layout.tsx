// A page drawn from its word boxes: every word where it stands on the paper, the quoted ones marked.

import { useMemo } from 'react';
import { toByteRanges, type Range } from '../lib/highlight';
import type { PageText } from '../lib/types';
import { browserMeasure, typeset, type Box } from '../lib/typeset';

interface Word extends Box {
  marked: boolean;
}

// The same fonts as `.paper text` and `.paper .code` in source.css.
const measure = browserMeasure("'Liberation Serif', 'Times New Roman', Times, serif", "'Liberation Mono', 'Courier New', 'DejaVu Sans Mono', monospace");

const maxWords = 5000;

function layOut(page: PageText, ranges: Range[]): Word[] {
  const bytes = new TextEncoder().encode(page.text);
  const decoder = new TextDecoder();
  const marks = toByteRanges(page.text, ranges);
  return (page.words ?? []).slice(0, maxWords).map(([begin, end, x0, y0, x1, y1]) => ({
    text: decoder.decode(bytes.subarray(begin, end)),
    x: x0,
    y: y0,
    width: x1 - x0,
    height: y1 - y0,
    marked: marks.some(([from, to]) => begin < to && end > from),
  }));
}

interface Mark {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** One mark over the marked words that follow each other in a line, the spaces between them too. */
function marksOf(words: Word[]): Mark[] {
  const marks: Mark[] = [];
  let before: Word | undefined;
  for (const word of words) {
    const last = marks[marks.length - 1];
    const sameLine = before?.marked && Math.abs(word.y + word.height - before.y - before.height) < word.height / 2 && word.x >= before.x;
    if (word.marked && last && sameLine) {
      const bottom = Math.max(last.y + last.height, word.y + word.height);
      last.width = Math.max(last.width, word.x + word.width - last.x);
      last.y = Math.min(last.y, word.y);
      last.height = bottom - last.y;
    } else if (word.marked) marks.push({ x: word.x, y: word.y, width: word.width, height: word.height });
    before = word;
  }
  return marks;
}

/** The part of the page that carries words, with a narrow margin: empty paper would only make them smaller. */
function frame(page: PageText, words: Word[]): string {
  const margin = 18;
  const left = Math.max(0, Math.min(...words.map((w) => w.x)) - margin);
  const top = Math.max(0, Math.min(...words.map((w) => w.y)) - margin);
  const right = Math.min(page.width ?? 0, Math.max(...words.map((w) => w.x + w.width)) + margin);
  const bottom = Math.min(page.height ?? 0, Math.max(...words.map((w) => w.y + w.height)) + margin);
  return `${left} ${top} ${Math.max(right - left, 1)} ${Math.max(bottom - top, 1)}`;
}

export function PageLayout({ page, ranges }: { page: PageText; ranges: Range[] }) {
  const words = useMemo(() => layOut(page, ranges), [page, ranges]);
  const marks = useMemo(() => marksOf(words), [words]);
  const set = useMemo(() => typeset(words, measure), [words]);
  return (
    <svg className="paper" viewBox={frame(page, words)} role="img" aria-label={`Layout of page ${page.page}`}>
      {marks.map((mark, i) => <rect key={i} className="page-mark" x={mark.x - 1} y={mark.y} width={mark.width + 2} height={mark.height} rx={1} />)}
      {words.map((word, i) => (
        <text
          key={i}
          className={set[i]!.code ? 'code' : undefined}
          x={word.x}
          y={set[i]!.baseline}
          fontSize={set[i]!.size}
          textLength={Math.max(word.width, 0.1)}
          lengthAdjust="spacingAndGlyphs"
        >
          {word.text}
        </text>
      ))}
    </svg>
  );
}
