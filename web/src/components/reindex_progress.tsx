// The library on its way to another embedding model: how far it is, what works meanwhile, and the buttons that halt it.

import { useState } from 'react';
import { say } from '../lib/api';
import { count, safeName, timeLeft } from '../lib/format';
import { useStore } from '../lib/store';
import type { Reindexing } from '../lib/types';
import { changeReindex, reindexing } from '../state/ingestion';

/** The last part of "host/model/dimension" or of a folder's name is what people call a model. */
export function modelName(id: string): string {
  return safeName(id).replace(/^[^/]+\//, '').replace(/\/\d+(\/[0-9a-f]{8})?$/, '').replace(/-[0-9a-f]{8}$/, '');
}

export function reindexText({ state, from, to, passages, embedded, eta_seconds }: Reindexing): string {
  if (state === 'cancelled') return `The documents stay with the embedding model ${modelName(from)}`;
  const parts = [`New embedding model ${modelName(to)}: ${embedded.toLocaleString('en')} of ${count(passages, 'passage')}`];
  if (state === 'paused') parts.push('paused');
  else if (state === 'waiting') parts.push('waiting for it');
  else if (typeof eta_seconds === 'number') parts.push(timeLeft(eta_seconds));
  return parts.join(' · ');
}

export function meanwhileText({ state, searches_by_meaning }: Reindexing): string {
  if (state === 'cancelled') return searches_by_meaning ? '' : 'Until it can be reached, documents are found by their words, and new ones wait.';
  return searches_by_meaning ? 'Search goes on with the former model until this is done.' : 'Until this is done, documents are found by their words.';
}

export function ReindexProgress() {
  const status = useStore(reindexing, (r) => r);
  const [problem, setProblem] = useState('');
  if (!status) return null;
  const value = status.passages > 0 ? Math.min(1, status.embedded / status.passages) : 0;
  const halted = status.state === 'paused' || status.state === 'cancelled';
  const text = reindexText(status);
  const meanwhile = meanwhileText(status);
  const act = (action: 'pause' | 'resume' | 'cancel') => () => {
    setProblem('');
    changeReindex(action).catch((error: unknown) => setProblem(say(error)));
  };
  return (
    <div className="ingestion reindex" role="group" aria-label="New embedding model">
      <p className="facts" title={status.detail}>{text}</p>
      <div className="buttons">
        {halted
          ? <button className="button quiet tiny" title="Go on with the new embedding model" onClick={act('resume')}>{status.state === 'paused' ? 'Resume' : 'Change model'}</button>
          : <button className="button quiet tiny" title="Pause embedding the documents anew" onClick={act('pause')}>Pause</button>}
        {status.state !== 'cancelled' && <button className="button quiet tiny" title="Stay with the former embedding model" onClick={act('cancel')}>Cancel</button>}
      </div>
      {status.state !== 'cancelled' && (
        <div className="bar" role="progressbar" aria-label="Re-indexing progress" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(value * 100)} aria-valuetext={text}>
          <div style={{ transform: `scaleX(${value})` }} />
        </div>
      )}
      {meanwhile && <p className="meanwhile">{meanwhile}</p>}
      {problem && <p className="document-error" role="alert">{problem}</p>}
    </div>
  );
}
