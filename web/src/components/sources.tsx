// What an answer rests on: the numbered chips in its text and the list under it.

import { safeName } from '../lib/format';
import type { Citation, Sentence, Source } from '../lib/types';
import { openSource } from '../state/view';
import { Excerpt } from './excerpt';

/** The words to highlight for number `n`: the checked quote where there is one, the whole passage while the answer still streams. */
export function findSource(n: number, citations: Citation[], sources: Source[]): Citation | undefined {
  const cited = citations.find((c) => c.n === n);
  if (cited) return cited;
  const source = sources.find((s) => s.n === n);
  return source ? { ...source, quote: source.text ?? '' } : undefined;
}

function open(source: Citation, sentence?: Sentence): void {
  // The words that this very sentence rests on, where they are known; else the best the number has.
  const own = sentence && sentence.n === source.n && (sentence.page_end ?? 0) > 0;
  const page = (own && sentence.page) || source.page || 1;
  const [begin, end] = own ? [sentence.page_begin ?? 0, sentence.page_end ?? 0] : [source.begin ?? 0, source.end ?? 0];
  const at = source.begin ?? 0;
  const words = (source.end ?? 0) > at ? (source.matches ?? []).map((match) => ({ begin: at + match.begin, end: at + match.end })) : [];
  openSource({ documentId: source.document_id, name: source.name, page, quote: source.quote ?? '', quotePage: page, begin, end, words });
}

export function Chip({ n, source, sentence }: { n: number; source: Citation; sentence?: Sentence }) {
  const name = `Source ${n}: ${safeName(source.name)}, page ${source.page || 1}`;
  return (
    <button className="chip" aria-label={name} title={name} onClick={() => open(source, sentence)}>
      {n}
    </button>
  );
}

export function SourceList({ citations }: { citations: Citation[] }) {
  if (citations.length === 0) return null;
  const unique = citations.filter((c, i) => citations.findIndex((d) => d.n === c.n) === i).sort((a, b) => a.n - b.n);
  return <Cards title="Sources" list={unique} />;
}

/** An answer that cites nothing still says which passages it was looked for in. */
export function ClosestPassages({ sources }: { sources: Source[] }) {
  if (sources.length === 0) return null;
  return <Cards title="Sources that come closest" list={sources.map((s) => ({ ...s, quote: s.text ?? '' }))} />;
}

function Cards({ title, list }: { title: string; list: Citation[] }) {
  return (
    <div className="sources">
      <h3>{title}</h3>
      <ol role="list" aria-label={title}>
        {list.map((source) => (
          <li key={source.n}>
            <button className="source-card" onClick={() => open(source)}>
              <span className="chip" aria-hidden="true">{source.n}</span>
              <span className="source-text">
                <span className="source-name">
                  <span>{safeName(source.name)}</span>
                  <span className="source-page">page {source.page || 1}</span>
                </span>
                {source.quote && (
                  <span className="source-quote">
                    <Excerpt text={source.quote.slice(0, 240)} matches={source.matches ?? []} />
                  </span>
                )}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}
