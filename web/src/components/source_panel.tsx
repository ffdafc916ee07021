// The region "Source": a page of a document with the quoted words marked, as running text or laid out like the page itself.

import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { get, say } from '../lib/api';
import { safeName } from '../lib/format';
import { findQuote, fromByteRange, fromByteRanges, pieces, unwrap, within, type Piece, type Range } from '../lib/highlight';
import { useStore } from '../lib/store';
import type { PageText } from '../lib/types';
import { downloadDocument } from '../state/documents';
import { closeSource, turnPage, view, type SourceView } from '../state/view';
import { Icon } from './icons';
import { PageLayout } from './page_layout';

const layoutKey = 'docmind.page-layout';

export function SourcePanel() {
  const source = useStore(view, (s) => s.source);
  return source ? <Panel source={source} /> : null;
}

function usePage(source: SourceView): { page: PageText | null; error: string } {
  const [state, setState] = useState<{ key: string; page: PageText | null; error: string }>({ key: '', page: null, error: '' });
  const key = `${source.documentId}/${source.page}`;
  useEffect(() => {
    const abort = new AbortController();
    get<PageText>(`/api/documents/${encodeURIComponent(source.documentId)}/pages/${source.page}`, abort.signal).then(
      (page) => setState({ key, page, error: '' }),
      (error: unknown) => {
        if (!abort.signal.aborted) setState({ key, page: null, error: say(error) });
      },
    );
    return () => abort.abort();
  }, [key, source.documentId, source.page]);
  return state.key === key ? state : { page: null, error: '' };
}

function Panel({ source }: { source: SourceView }) {
  const { page, error } = usePage(source);
  const [asLayout, setAsLayout] = useState(localStorage.getItem(layoutKey) === 'true');
  const [problem, setProblem] = useState('');
  const heading = useRef<HTMLHeadingElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const pages = page?.pages ?? 0;
  const hasLayout = !!page?.words && page.words.length > 0 && !!page.width && !!page.height;

  const quote = source.page === source.quotePage ? source.quote : '';
  const { begin = 0, end = 0 } = source;
  const ranges = useMemo(() => {
    if (!page || source.page !== source.quotePage) return [];
    const exact = end > begin ? fromByteRange(page.text, [begin, end]) : undefined;
    return exact ? [exact] : findQuote(page.text, quote);
  }, [page, quote, begin, end, source.page, source.quotePage]);

  const words = useMemo(() => (page ? fromByteRanges(page.text, source.words ?? []) : []), [page, source.words]);

  useEffect(() => heading.current?.focus({ preventScroll: true }), [source.documentId, source.quote, begin]);
  useEffect(() => {
    if (!page || !body.current) return;
    const mark = body.current.querySelector('mark, .page-mark');
    if (mark) mark.scrollIntoView({ block: 'center' });
    else body.current.scrollTop = 0;
  }, [page, ranges, asLayout]);

  const choose = (layout: boolean) => {
    localStorage.setItem(layoutKey, String(layout));
    setAsLayout(layout);
  };
  const download = () => {
    setProblem('');
    downloadDocument(source.documentId, source.name).catch((e: unknown) => setProblem(say(e)));
  };
  const name = safeName(source.name);
  return (
    <aside className="source" role="region" aria-label="Source" data-source-panel>
      <header className="source-head">
        <div className="source-title">
          <h2 tabIndex={-1} ref={heading}>{name}</h2>
          <p>{pages > 0 ? `Page ${source.page} of ${pages}` : `Page ${source.page}`}</p>
        </div>
        <button className="icon-button" aria-label="Close source" title="Close (Escape)" onClick={closeSource}>
          <Icon name="close" />
        </button>
      </header>
      <div className="source-tools">
        <div className="group">
          <button className="icon-button" aria-label="Previous page" title="Previous page" disabled={source.page <= 1} onClick={() => turnPage(source.page - 1)}>
            <Icon name="left" />
          </button>
          <button className="icon-button" aria-label="Next page" title="Next page" disabled={pages > 0 && source.page >= pages} onClick={() => turnPage(source.page + 1)}>
            <Icon name="right" />
          </button>
          {source.quotePage > 0 && source.page !== source.quotePage && (
            <button className="button ghost tiny" onClick={() => turnPage(source.quotePage)}>Back to the quote</button>
          )}
        </div>
        <div className="group">
          {hasLayout && (
            <div className="switch" role="group" aria-label="Show the page as">
              <button aria-pressed={!asLayout} onClick={() => choose(false)}>Text</button>
              <button aria-pressed={asLayout} onClick={() => choose(true)}>Page</button>
            </div>
          )}
          <button className="icon-button" aria-label={`Download ${name}`} title="Download the original" onClick={download}>
            <Icon name="download" />
          </button>
        </div>
      </div>
      {problem && <p className="notice bad" role="alert">{problem}</p>}
      <div className="source-body" ref={body} tabIndex={0} role="document" aria-label={`Page ${source.page} of ${name}`}>
        {error && <p className="notice bad" role="alert">{error}</p>}
        {!page && !error && <p className="hint">Opening the page…</p>}
        {page && quote && ranges.length === 0 && (
          <blockquote className="passage">
            <p className="passage-title">Quoted passage</p>
            {quote}
          </blockquote>
        )}
        {page && page.text.trim() === '' && <p className="hint">This page has no text.</p>}
        {page && (hasLayout && asLayout ? <PageLayout page={page} ranges={ranges} /> : <PageRunning page={page} ranges={ranges} words={words} />)}
      </div>
    </aside>
  );
}

function PageRunning({ page, ranges, words }: { page: PageText; ranges: Range[]; words: Range[] }) {
  const cut = useMemo(() => pieces(unwrap(page.text), ranges), [page, ranges]);
  return (
    <div className="page-text">
      {cut.map((piece, i) => (piece.marked ? <mark key={i}>{emphasise(piece, words)}</mark> : <span key={i}>{piece.text}</span>))}
    </div>
  );
}

/** The words of the quote that the question has too. */
function emphasise(piece: Piece, words: Range[]): ReactNode {
  return pieces(piece.text, within(words, piece.begin, piece.begin + piece.text.length)).map((part, i) => (part.marked ? <strong key={i}>{part.text}</strong> : part.text));
}
