// A block quotation: which of its words answer best, and which line says where it stands.

import { findQuote, pieces, within, type Range } from './highlight';
import type { Block, Inline } from './markdown';

export interface QuotationParts {
  words: Block[];
  /** "— a.pdf, page 3 [1]", where there is such a line. */
  origin?: Block;
  /** The number in it. */
  n?: number;
}

export function quotationParts(blocks: Block[]): QuotationParts {
  const last = blocks[blocks.length - 1];
  if (last?.type !== 'paragraph' || blocks.length < 2) return { words: blocks };
  const [first] = last.children;
  const cited = last.children.find((item) => item.type === 'citation');
  if (first?.type !== 'text' || !first.text.startsWith('— ') || !cited) return { words: blocks };
  return { words: blocks.slice(0, -1), origin: last, n: cited.numbers[0] };
}

/** The same blocks with the words of `quote` as the best; without it where they do not stand there. */
export function withBest(blocks: Block[], quote: string): Block[] {
  if (quote === '') return blocks;
  const ranges = findQuote(blocks.map(textOf).join('\n'), quote);
  if (ranges.length === 0) return blocks;
  let at = 0;
  return blocks.map((block) => {
    const begin = at;
    at += textOf(block).length + 1;
    return block.type === 'paragraph' || block.type === 'heading' ? { ...block, children: divide(block.children, ranges, begin) } : block;
  });
}

/** What is seen of a block. Only paragraphs and headings are told apart; of other blocks no word is the best. */
function textOf(block: Block): string {
  return block.type === 'paragraph' || block.type === 'heading' ? block.children.map(inlineText).join('') : '';
}

function inlineText(item: Inline): string {
  if ('children' in item) return item.children.map(inlineText).join('');
  return 'text' in item ? item.text : ' ';
}

function divide(list: Inline[], ranges: Range[], begin: number): Inline[] {
  return list.flatMap((item): Inline[] => {
    const at = begin;
    const text = inlineText(item);
    begin += text.length;
    const inside = within(ranges, at, at + text.length);
    if (inside.length === 0) return [item];
    if (inside.length === 1 && inside[0]![0] === 0 && inside[0]![1] === text.length) return [{ type: 'best', children: [item] }];
    if ('children' in item) return [{ ...item, children: divide(item.children, ranges, at) }];
    if (item.type !== 'text') return [item];
    return pieces(text, inside).map((piece): Inline => {
      const words: Inline = { type: 'text', text: piece.text };
      return piece.marked ? { type: 'best', children: [words] } : words;
    });
  });
}
