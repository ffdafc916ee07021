// One line about everything that is being read: how far it is, how long it still takes, and the button that halts it.

import { useState } from 'react';
import { say } from '../lib/api';
import { count, timeLeft } from '../lib/format';
import { useStore } from '../lib/store';
import { ingestion, pauseAll, resumeAll, type IngestionState } from '../state/ingestion';

export function progressText({ overview, done, total }: IngestionState): string {
  const parts = [`${done.toLocaleString('en')} of ${count(total, 'document')}`];
  const halted = overview !== null && (overview.paused || overview.documents.queued + overview.documents.processing === 0);
  if (halted) parts.push('paused');
  else if (typeof overview?.eta_seconds === 'number') parts.push(timeLeft(overview.eta_seconds));
  return parts.join(' · ');
}

export function IngestionProgress() {
  const state = useStore(ingestion, (s) => s);
  const [problem, setProblem] = useState('');
  if (!state.overview) return null;
  const paused = state.overview.paused;
  const value = Math.max(0, Math.min(1, state.overview.progress));
  const text = progressText(state);
  const act = () => {
    setProblem('');
    (paused ? resumeAll() : pauseAll()).catch((error: unknown) => setProblem(say(error)));
  };
  return (
    <div className="ingestion">
      <p className="facts">{text}</p>
      <button className="button quiet tiny" title={paused ? 'Resume all documents' : 'Pause all documents'} onClick={act}>{paused ? 'Resume' : 'Pause'}</button>
      <div className="bar" role="progressbar" aria-label="Ingestion progress" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(value * 100)} aria-valuetext={text}>
        <div style={{ transform: `scaleX(${value})` }} />
      </div>
      {problem && <p className="document-error" role="alert">{problem}</p>}
    </div>
  );
}
