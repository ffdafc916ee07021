// Draws the tree of lib/markdown with React elements. Blocks that did not change since the last token are not drawn again.

import { Fragment, memo, useDeferredValue, useMemo, type ReactNode } from 'react';
import { parseMarkdown, type Block, type Inline } from '../lib/markdown';
import { quotationParts, withBest } from '../lib/quotation';
import { leaveTo } from '../state/view';
import { Quotation } from './quotation';

/** How an answer's own marks are drawn: a number with the sentence it stands in, a sentence that no passage bears out, a quotation. */
export interface AnswerMarks {
  citation: (n: number, sentence?: number) => ReactNode;
  doubt: (sentence: number, words: ReactNode) => ReactNode;
  /** The words of a passage that answer best; empty where they are not known. */
  quote: (n: number) => string;
}

/** `text`: Markdown, with the marks of lib/support. */
export function MarkdownView({ text, marks }: { text: string; marks: AnswerMarks }) {
  // A long answer is parsed again for every batch of tokens; deferring keeps typing and clicks ahead of it.
  const deferred = useDeferredValue(text);
  const tree = useMemo(() => parseMarkdown(deferred), [deferred]);
  return (
    <div className="markdown">
      {tree.map((block, i) => (
        <BlockView key={i} block={block} signature={JSON.stringify(block)} marks={marks} />
      ))}
    </div>
  );
}

interface BlockProps {
  block: Block;
  signature: string;
  marks: AnswerMarks;
}

const BlockView = memo(
  ({ block, marks }: BlockProps) => <>{drawBlock(block, marks)}</>,
  (a, b) => a.signature === b.signature && a.marks === b.marks,
);

function drawBlock(block: Block, marks: AnswerMarks): ReactNode {
  switch (block.type) {
    case 'paragraph':
      return <p>{drawInlines(block.children, marks)}</p>;
    case 'heading': {
      // The page itself has the first two levels.
      const Tag = `h${Math.min(block.depth + 2, 6)}` as 'h3';
      return <Tag>{drawInlines(block.children, marks)}</Tag>;
    }
    case 'code':
      return (
        <pre tabIndex={0} aria-label={block.lang ? `${block.lang} code` : 'code'}>
          <code>{block.text}</code>
        </pre>
      );
    case 'quote':
      return drawQuotation(block.children, marks);
    case 'list': {
      const items = block.items.map((item, i) => <li key={i}>{drawItem(item, marks)}</li>);
      return block.ordered ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>;
    }
    case 'table':
      return (
        <div className="table-scroll" tabIndex={0} role="group" aria-label="Table">
          <table>
            <thead>
              <tr>{block.head.map((cell, i) => <th key={i} className={alignment(block.align[i])}>{drawInlines(cell, marks)}</th>)}</tr>
            </thead>
            <tbody>
              {block.rows.map((row, r) => (
                <tr key={r}>{row.map((cell, i) => <td key={i} className={alignment(block.align[i])}>{drawInlines(cell, marks)}</td>)}</tr>
              ))}
            </tbody>
          </table>
        </div>
      );
    case 'rule':
      return <hr />;
    case 'plain':
      return <p className="plain">{block.text}</p>;
  }
}

function drawQuotation(blocks: Block[], marks: AnswerMarks): ReactNode {
  const { words, origin, n } = quotationParts(blocks);
  const best = withBest(words, n === undefined ? '' : marks.quote(n));
  const draw = (list: Block[]) => list.map((child, i) => <Fragment key={i}>{drawBlock(child, marks)}</Fragment>);
  return <Quotation words={draw(best)} origin={origin && drawBlock(origin, marks)} />;
}

/** A tight list's items hold bare text; a paragraph around it would pull the lines apart. */
function drawItem(item: Block[], marks: AnswerMarks): ReactNode {
  return item.map((block, i) => (
    <Fragment key={i}>{block.type === 'paragraph' && item.length <= 2 ? drawInlines(block.children, marks) : drawBlock(block, marks)}</Fragment>
  ));
}

function alignment(align: string | null | undefined): string | undefined {
  return align === 'right' || align === 'center' ? `align-${align}` : undefined;
}

function drawInlines(list: Inline[], marks: AnswerMarks): ReactNode[] {
  return list.map((item, i) => {
    const before = list[i - 1];
    if (item.type === 'citation') {
      const chips = item.numbers.map((n) => <Fragment key={n}>{marks.citation(n, item.sentence)}</Fragment>);
      return <span key={i} className="cited">{chips}{pointAfter(list[i + 1])}</span>;
    }
    if (item.type === 'text' && before?.type === 'citation') return <Fragment key={i}>{item.text.slice(pointAfter(item).length)}</Fragment>;
    return <Fragment key={i}>{drawInline(item, marks)}</Fragment>;
  });
}

/** The full stop after a chip must not begin the next line: it stands in one piece with the chip. */
function pointAfter(item: Inline | undefined): string {
  return item?.type === 'text' ? (/^[.,;:!?)]*/.exec(item.text)?.[0] ?? '') : '';
}

function drawInline(item: Inline, marks: AnswerMarks): ReactNode {
  switch (item.type) {
    case 'text':
      return item.text;
    case 'strong':
      return <strong>{drawInlines(item.children, marks)}</strong>;
    case 'em':
      return <em>{drawInlines(item.children, marks)}</em>;
    case 'del':
      return <del>{drawInlines(item.children, marks)}</del>;
    case 'code':
      return <code>{item.text}</code>;
    case 'br':
      return <br />;
    case 'citation':
      return drawInlines([item], marks);
    case 'match':
      return <mark>{drawInlines(item.children, marks)}</mark>;
    case 'best':
      return <span className="best">{drawInlines(item.children, marks)}</span>;
    case 'doubt':
      return marks.doubt(item.sentence, drawInlines(item.children, marks));
    case 'image':
      return <span className="no-image">[image{item.alt ? `: ${item.alt}` : ''} – {item.href.slice(0, 300)}]</span>;
    case 'link':
      return <OutsideLink href={item.href} words={plainText(item.children)}>{drawInlines(item.children, marks)}</OutsideLink>;
  }
}

function plainText(list: Inline[]): string {
  return list.map((item) => ('children' in item ? plainText(item.children) : 'text' in item ? item.text : '')).join('');
}

/** The full target stands beside the words, and a dialog asks before the page is left. */
function OutsideLink({ href, words, children }: { href: string; words: string; children: ReactNode }) {
  const shown = words.replace(/\/$/, '') === href.replace(/\/$/, '');
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer"
      title={href}
      onClick={(event) => {
        event.preventDefault();
        leaveTo(href);
      }}
      onAuxClick={(event) => {
        event.preventDefault();
        leaveTo(href);
      }}
    >
      {children}
      {!shown && <span className="target"> ({href})</span>}
    </a>
  );
}
