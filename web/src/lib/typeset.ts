// Sets words into the boxes they have on paper with the fonts that are here. A box says how wide and high a word is, but not in which
// font or size it was printed: the size is chosen so that most words fill their boxes without being stretched, and a word far wider than
// that is one of a typewriter's.

export interface Box {
  text: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Setting {
  size: number;
  baseline: number;
  code: boolean;
}

export type Measure = (text: string, code: boolean) => number;

const ascent = 0.78;
const codeMarks = /[()[\]{}<>=_$]/;

export function typeset(words: Box[], measure: Measure): Setting[] {
  const stretch = words.map((word) => word.width / Math.max(measure(word.text, false) * word.height, 0.01));
  const long = (indexes: number[]) => median(indexes.filter((i) => words[i]!.text.length > 2).map((i) => stretch[i]!));
  const usual = clamp(long([...words.keys()]) ?? 0.84, 0.6, 1.25);
  const out: Setting[] = [];
  for (const line of lines(words)) {
    // Bold headings are wider than the rest as a whole; code is wider than the words beside it, or all its letters are equally wide.
    const inLine = clamp(line.length > 2 ? (long(line) ?? usual) : usual, usual * 0.85, usual * 1.2);
    const wholeLine = equallyWide(line.map((i) => words[i]!)) && (long(line) ?? 0) > usual * 1.1;
    const baseline = median(line.map((i) => baselineOf(words[i]!)))!;
    for (const i of line) {
      const word = words[i]!;
      const each = letterWidth(word);
      const code = wholeLine || (word.text.length > 1 && stretch[i]! > inLine * 1.14 && each > 0.45 && each < 0.75);
      const size = inLine * word.height;
      out.push({ size: code ? clamp(word.width / measure(word.text, true), size * 0.85, size * 1.2) : size, baseline, code });
    }
  }
  return out;
}

/** Fonts differ in how far their boxes reach down; words of one line stand on one line all the same. */
function lines(words: Box[]): number[][] {
  const out: number[][] = [];
  words.forEach((word, i) => {
    const before = words[i - 1];
    const first = words[out.at(-1)?.[0] ?? -1];
    if (before && first && word.x > before.x && near(baselineOf(word), baselineOf(first), first.height)) out.at(-1)!.push(i);
    else out.push([i]);
  });
  return out;
}

function equallyWide(line: Box[]): boolean {
  const widths = line.filter((word) => word.text.length > 1).map(letterWidth);
  if (widths.length < 2) return line.some((word) => codeMarks.test(word.text));
  return Math.max(...widths) < Math.min(...widths) * 1.06;
}

const baselineOf = (word: Box) => word.y + word.height * ascent;
const letterWidth = (word: Box) => word.width / word.text.length / word.height;
const near = (a: number, b: number, height: number) => Math.abs(a - b) < height * 0.12;
const clamp = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);

function median(values: number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Widths in a font of size 1, measured once for every word. */
export function browserMeasure(serif: string, mono: string): Measure {
  const context = document.createElement('canvas').getContext('2d');
  const known = new Map<string, number>();
  return (text, code) => {
    const key = `${code ? 'c' : 's'}${text}`;
    const before = known.get(key);
    if (before !== undefined || !context) return before ?? text.length / 2;
    context.font = `100px ${code ? mono : serif}`;
    const width = Math.max(context.measureText(text).width / 100, 0.01);
    known.set(key, width);
    return width;
  };
}
