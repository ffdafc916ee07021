import { describe, expect, test } from 'vitest';
import { parseMarkdown, type Block, type Inline } from './markdown';
import { quotationParts, withBest } from './quotation';
import { markAnswer } from './support';

function quotation(markdown: string, matches: { begin: number; end: number }[] = []): Block[] {
  const [block] = parseMarkdown(markAnswer(markdown, [], matches));
  if (block?.type !== 'quote') throw new Error('no quotation');
  return block.children;
}

/** The words of one kind, wherever they are nested. */
function words(blocks: Block[], type: Inline['type']): string[] {
  const plain = (list: Inline[]): string => list.map((i) => ('children' in i ? plain(i.children) : 'text' in i ? i.text : '')).join('');
  const visit = (list: Inline[]): string[] => list.flatMap((i) => (i.type === type && 'children' in i ? [plain(i.children)] : 'children' in i ? visit(i.children) : []));
  return blocks.flatMap((block) => ('children' in block ? (block.type === 'quote' ? words(block.children, type) : visit(block.children)) : []));
}

/** The ranges of words in bytes, as the server gives them. */
function ranges(text: string, ...found: string[]): { begin: number; end: number }[] {
  const bytes = (s: string) => new TextEncoder().encode(s).length;
  return found.map((word) => ({ begin: bytes(text.slice(0, text.indexOf(word))), end: bytes(text.slice(0, text.indexOf(word) + word.length)) }));
}

const text = '> Früh am Morgen. The ferry leaves at six.\n> It carries cars.\n>\n> — fähre.pdf, page 3 [2]';

describe('a quotation', () => {
  test('is told from the line that says where it stands', () => {
    const { words: said, origin, n } = quotationParts(quotation(text));
    expect(said).toHaveLength(1);
    expect(origin?.type).toBe('paragraph');
    expect(n).toBe(2);
    expect(quotationParts(quotation('> Words of a model [1].'))).toEqual({ words: quotation('> Words of a model [1].') });
  });

  test('shows the words that the question has, wherever they stand in its bytes', () => {
    expect(words(quotation(text, ranges(text, 'Früh', 'ferry', 'cars')), 'match')).toEqual(['Früh', 'ferry', 'cars']);
  });

  test('ranges that are none of the text mark nothing and lose no word', () => {
    const odd = [{ begin: 9, end: 4 }, { begin: 3, end: 5 }, { begin: 4, end: 8 }, { begin: 20, end: 90_000 }];
    const shown = quotation(text, odd);
    expect(JSON.stringify(shown)).toContain('It carries cars.');
    expect(words(shown, 'match')).toHaveLength(1);
  });

  test('tags beside and inside a word stay text', () => {
    const evil = '> <img src=x onerror=alert(1)> **bold** and `a code` end';
    const shown = quotation(evil, ranges(evil, 'img', 'bold', 'code'));
    expect(words(shown, 'match')).toEqual(['img', 'bold']);
    expect(JSON.stringify(shown)).toContain('"code","text":"a code"');
    expect(JSON.stringify(shown)).not.toMatch(/[\ue000-\ue005]/);
  });

  test('marks in an address neither reach the address nor the page', () => {
    const link = '> see https://example.com/ferry for more';
    const [block] = quotation(link, ranges(link, 'ferry'));
    expect(JSON.stringify(block)).toContain('"href":"https://example.com/ferry"');
    expect(JSON.stringify(block)).not.toMatch(/[\ue000-\ue005]/);
  });

  test('what answers best stands out, across matches and line ends', () => {
    const { words: said } = quotationParts(quotation(text, ranges(text, 'ferry', 'cars')));
    const best = withBest(said, 'The ferry leaves at six. It carries cars.');
    expect(words(best, 'best').join('')).toBe('The ferry leaves at six.\nIt carries cars.');
    expect(words(best, 'match')).toEqual(['ferry', 'cars']);
    expect(withBest(said, 'Words that it has not, at all.')).toBe(said);
    expect(withBest(said, '')).toBe(said);
  });
});

test('matches stand beside doubtful sentences and never in them', () => {
  const answer = 'It is red.\n\n> The ferry.';
  const sentence = { begin: 0, end: 10, supported: false };
  const tree = parseMarkdown(markAnswer(answer, [sentence], [{ begin: 3, end: 5 }, ...ranges(answer, 'ferry')]));
  expect(words(tree, 'match')).toEqual(['ferry']);
  expect(words(tree, 'doubt')).toEqual(['It is red.']);
});
