// Markdown of a model or a document, turned into a small tree that the page draws with React elements. No HTML string is ever made and
// innerHTML is never used: a tag in the text stays text, whole or cut in half by streaming. Images are never loaded.

import { Marked, type Token, type Tokens } from 'marked';

export type Inline =
  | { type: 'text'; text: string }
  | { type: 'strong' | 'em' | 'del'; children: Inline[] }
  | { type: 'code'; text: string }
  | { type: 'br' }
  | { type: 'link'; href: string; children: Inline[] }
  | { type: 'image'; alt: string; href: string }
  | { type: 'citation'; numbers: number[]; sentence?: number }
  /** A sentence that no passage bears out (lib/support). */
  | { type: 'doubt'; sentence: number; children: Inline[] }
  /** A word of a quotation that the question has too (lib/support), and words that answer it best (lib/quotation). */
  | { type: 'match' | 'best'; children: Inline[] };

export type Block =
  | { type: 'paragraph'; children: Inline[] }
  | { type: 'heading'; depth: number; children: Inline[] }
  | { type: 'code'; text: string; lang: string }
  | { type: 'quote'; children: Block[] }
  | { type: 'list'; ordered: boolean; start: number; items: Block[][] }
  | { type: 'table'; head: Inline[][]; rows: Inline[][][]; align: (string | null)[] }
  | { type: 'rule' }
  | { type: 'plain'; text: string };

/** Longer texts are cut for display: drawing must stay within a frame whatever a model sends. */
export const maxCharacters = 100_000;
const maxDepth = 12;

const citation = /^\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\](?!\()(?:\ue002(\d{1,5})\ue003)?/;
const match = /^\ue004([^\ue004\ue005]*)\ue005/;
const doubt = /^\ue000(\d{1,5})\ue002([^\ue000\ue001]*)\ue001/;

const lexer = new Marked({
  gfm: true,
  breaks: false,
  extensions: [
    {
      name: 'citation',
      level: 'inline',
      start: (src: string) => src.indexOf('['),
      // Tried before links, so that a `[1]: https://...` definition in a document cannot turn a citation into a link.
      tokenizer(src: string) {
        const match = citation.exec(src);
        if (!match) return undefined;
        return { type: 'citation', raw: match[0], numbers: match[1]!.split(',').map(Number), sentence: match[2] };
      },
    },
    {
      name: 'doubt',
      level: 'inline',
      start: (src: string) => src.indexOf('\ue000'),
      tokenizer(src: string) {
        const match = doubt.exec(src);
        if (!match) return undefined;
        return { type: 'doubt', raw: match[0], sentence: Number(match[1]), tokens: this.lexer.inlineTokens(match[2]!) };
      },
    },
    {
      name: 'match',
      level: 'inline',
      start: (src: string) => src.indexOf('\ue004'),
      tokenizer(src: string) {
        const found = match.exec(src);
        return found ? { type: 'match', raw: found[0], text: found[1] } : undefined;
      },
    },
  ],
});

const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0', hellip: '…', ndash: '–', mdash: '—' };

/** Character references, once: `&amp;lt;` becomes `&lt;`, never `<`. The result is only ever used as text. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]{2,6}));/g, (whole, dec, hex, name) => {
    if (name) return named[name as string] ?? whole;
    const code = dec ? Number(dec) : parseInt(hex as string, 16);
    if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\ufffd';
    return String.fromCodePoint(code);
  });
}

/** The target in its normal form if a person may be sent there, else undefined: absolute http and https only. */
export function safeTarget(href: string): string | undefined {
  const cleaned = decodeEntities(href).replace(/[\u0000-\u0020\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '');
  if (!/^https?:\/\//i.test(cleaned)) return undefined;
  try {
    const url = new URL(cleaned);
    if (url.username || url.password) return undefined;
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** Nesting or marks denser than anyone writes make a parser slow (its work grows with the square of a paragraph's marks); such text is shown as it is. */
function tooDense(text: string): boolean {
  if (/^[ \t]*(?:>[ \t]*){24}/m.test(text) || /^(?:[ \t]*[-*+][ \t]+){24}/m.test(text)) return true;
  let work = 0;
  let marks = 0;
  for (let i = 0; i < text.length; ++i) {
    const c = text[i]!;
    if (c === '\n' && text[i + 1] === '\n') {
      work += marks * marks;
      marks = 0;
    } else if ('*_~[!<`@'.includes(c) || (c === ':' && text[i + 1] === '/')) ++marks;
  }
  return work + marks * marks > 1_500_000;
}

export function parseMarkdown(source: string): Block[] {
  const text = source.length > maxCharacters ? `${source.slice(0, maxCharacters)}\n\n… (the rest is not shown)` : source;
  if (tooDense(text)) return [{ type: 'plain', text: withoutMatches(text) }];
  try {
    return blocks(lexer.lexer(text.replace(/\n{3,}/g, '\n\n')), 0);
  } catch {
    return [{ type: 'plain', text: withoutMatches(text) }];
  }
}

function blocks(tokens: Token[], depth: number): Block[] {
  const out: Block[] = [];
  for (const token of tokens) {
    const block = toBlock(token, depth);
    if (block) out.push(block);
  }
  return out;
}

function toBlock(token: Token, depth: number): Block | undefined {
  if (depth > maxDepth) return { type: 'plain', text: withoutMatches(token.raw) };
  switch (token.type) {
    case 'space':
    case 'def':
      return undefined;
    case 'paragraph':
    case 'text':
      return { type: 'paragraph', children: token.tokens ? inlines(token.tokens, 0) : [{ type: 'text', text: withoutMatches(decodeEntities(token.raw)) }] };
    case 'heading':
      return { type: 'heading', depth: (token as Tokens.Heading).depth, children: inlines(token.tokens ?? [], 0) };
    case 'code':
      return { type: 'code', text: withoutMatches((token as Tokens.Code).text), lang: ((token as Tokens.Code).lang ?? '').split(/\s/)[0]!.slice(0, 20) };
    case 'blockquote':
      return { type: 'quote', children: blocks(token.tokens ?? [], depth + 1) };
    case 'list': {
      const list = token as Tokens.List;
      return {
        type: 'list',
        ordered: list.ordered,
        start: typeof list.start === 'number' ? list.start : 1,
        items: list.items.map((item) => blocks(item.tokens, depth + 1)),
      };
    }
    case 'table': {
      const table = token as Tokens.Table;
      return {
        type: 'table',
        head: table.header.map((cell) => inlines(cell.tokens, 0)),
        rows: table.rows.map((row) => row.map((cell) => inlines(cell.tokens, 0))),
        align: table.align,
      };
    }
    case 'hr':
      return { type: 'rule' };
    default:
      // Raw HTML and whatever a later version of the parser adds.
      return { type: 'plain', text: withoutMatches(token.raw).trimEnd() };
  }
}

/** Marks that stand where no word can be marked: in code, in an address. */
function withoutMatches(text: string): string {
  return text.replace(/[\ue004\ue005]/g, '');
}

function inlines(tokens: Token[], depth: number): Inline[] {
  const out: Inline[] = [];
  for (const token of tokens) out.push(...toInline(token, depth));
  return out;
}

function toInline(token: Token, depth: number): Inline[] {
  if (depth > maxDepth) return [{ type: 'text', text: withoutMatches(token.raw) }];
  switch (token.type) {
    case 'text':
      return token.tokens ? inlines(token.tokens, depth + 1) : [{ type: 'text', text: withoutMatches(decodeEntities((token as Tokens.Text).text)) }];
    case 'escape':
      return [{ type: 'text', text: (token as Tokens.Escape).text }];
    case 'strong':
    case 'em':
    case 'del':
      return [{ type: token.type, children: inlines(token.tokens ?? [], depth + 1) }];
    case 'codespan':
      return [{ type: 'code', text: withoutMatches((token as Tokens.Codespan).text) }];
    case 'br':
      return [{ type: 'br' }];
    case 'citation': {
      const { numbers, sentence } = token as unknown as { numbers: number[]; sentence?: string };
      return [{ type: 'citation', numbers, ...(sentence === undefined ? {} : { sentence: Number(sentence) }) }];
    }
    case 'match':
      return [{ type: 'match', children: [{ type: 'text', text: (token as unknown as { text: string }).text }] }];
    case 'doubt':
      return [{ type: 'doubt', sentence: (token as unknown as { sentence: number }).sentence, children: inlines(token.tokens ?? [], depth + 1) }];
    case 'image': {
      const image = token as Tokens.Image;
      return [{ type: 'image', alt: withoutMatches(decodeEntities(image.text)), href: withoutMatches(image.href) }];
    }
    case 'link': {
      const link = token as Tokens.Link;
      const href = safeTarget(withoutMatches(link.href));
      const children = inlines(link.tokens ?? [], depth + 1);
      return href ? [{ type: 'link', href, children }] : [{ type: 'text', text: withoutMatches(link.raw) }];
    }
    default:
      return [{ type: 'text', text: withoutMatches(token.raw) }];
  }
}

/** The numbers an answer's text cites, each once, in the order they appear. */
export function citedNumbers(source: string): number[] {
  const seen = new Set<number>();
  const visit = (list: Inline[]) => {
    for (const item of list) {
      if (item.type === 'citation') item.numbers.forEach((n) => seen.add(n));
      else if ('children' in item) visit(item.children);
    }
  };
  const walk = (list: Block[]) => {
    for (const block of list) {
      if (block.type === 'paragraph' || block.type === 'heading') visit(block.children);
      else if (block.type === 'quote') walk(block.children);
      else if (block.type === 'list') block.items.forEach(walk);
      else if (block.type === 'table') [block.head, ...block.rows].forEach((row) => row.forEach(visit));
    }
  };
  walk(parseMarkdown(source));
  return [...seen];
}
