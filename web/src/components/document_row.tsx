// One document: its name opens it, its stage and progress are live, an error stands in words.

import { memo, useEffect, useRef, useState } from 'react';
import { say } from '../lib/api';
import { count, safeName, size } from '../lib/format';
import { useStore } from '../lib/store';
import type { Doc } from '../lib/types';
import { cancelDocument, downloadDocument, errorOf, pauseDocument, removeDocument, reprocessDocument } from '../state/documents';
import { conversation, summarise } from '../state/conversation';
import { scope, toggleScope } from '../state/scope';
import { openSource, uploadId } from '../state/view';
import { Icon, type IconName } from './icons';

const stages: Record<string, string> = {
  stored: 'Waiting',
  parsing: 'Reading',
  splitting: 'Splitting',
  embedding: 'Embedding',
  indexing: 'Indexing',
  done: 'Finishing',
};

function stageOf(doc: Doc): string {
  if (doc.paused) return 'Paused';
  if (doc.status === 'queued') return 'Waiting';
  const stage = doc.stage ?? '';
  return stages[stage] ?? (stage || 'Processing');
}

export const DocumentRow = memo(function DocumentRow({ doc }: { doc: Doc }) {
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState('');
  const row = useRef<HTMLLIElement>(null);
  const only = useStore(scope, (list) => list.some((d) => d.id === doc.id));
  const answering = useStore(conversation, (s) => s.answering);
  const busy = doc.status === 'queued' || doc.status === 'processing';
  const name = safeName(doc.name);
  const act = (work: Promise<void>) => {
    setProblem('');
    work.catch((error: unknown) => setProblem(say(error)));
  };
  // The button that had the focus goes away; the focus must not fall out of the list with it.
  const keep = () => {
    setAsking(false);
    requestAnimationFrame(() => row.current?.querySelector<HTMLElement>('[data-delete]')?.focus());
  };
  const remove = async () => {
    const beside = row.current?.nextElementSibling ?? row.current?.previousElementSibling;
    await removeDocument(doc.id);
    const next = beside?.querySelector<HTMLElement>('button') ?? document.getElementById(uploadId);
    next?.focus();
  };
  const read = () => openSource({ documentId: doc.id, name: doc.name, page: 1, quote: '', quotePage: 0 });

  return (
    <li ref={row} className={`document ${doc.status}${only ? ' only' : ''}${asking ? ' asking' : ''}`} data-status={doc.status} data-id={doc.id}>
      <span className={`dot ${doc.status}`} aria-hidden="true" />
      <div className="document-body">
        {doc.status === 'ready' ? (
          <button className="document-name" title={`Read ${name}`} onClick={read}>{name}</button>
        ) : (
          <span className="document-name" title={name}>{name}</span>
        )}
        <Facts doc={doc} />
        {busy && <Progress doc={doc} name={name} />}
        {doc.status === 'failed' && <p className="document-error">{errorOf(doc)}</p>}
        {problem && <p className="document-error" role="alert">{problem}</p>}
      </div>
      {asking ? (
        <Confirm name={name} onYes={() => act(remove())} onNo={keep} />
      ) : (
        <div className="document-actions">
          {doc.status === 'ready' && <Action icon="summary" name={`Summarise ${name}`} disabled={answering} onClick={() => summarise(doc)} />}
          {doc.status === 'ready' && <Action icon="only" name={`Ask only about ${name}`} pressed={only} onClick={() => toggleScope(doc)} />}
          {busy && (
            <Action
              icon={doc.paused ? 'resume' : 'pause'}
              name={`${doc.paused ? 'Resume' : 'Pause'} ${name}`}
              onClick={() => act(pauseDocument(doc.id, !doc.paused))}
            />
          )}
          {busy && <Action icon="close" name={`Cancel ${name}`} onClick={() => act(cancelDocument(doc.id))} />}
          {!busy && <Action icon="download" name={`Download ${name}`} onClick={() => act(downloadDocument(doc.id, doc.name))} />}
          {!busy && <Action icon="retry" name={`Process ${name} again`} onClick={() => act(reprocessDocument(doc.id))} />}
          <Action icon="trash" name={`Delete ${name}`} onClick={() => setAsking(true)} data-delete />
        </div>
      )}
    </li>
  );
});

function Facts({ doc }: { doc: Doc }) {
  const facts: string[] = [];
  if (doc.status === 'ready') {
    if (doc.pages) facts.push(count(doc.pages, 'page'));
    if (doc.bytes !== undefined) facts.push(size(doc.bytes));
    return <p className="facts"><span className="state">Ready</span>{facts.map((fact) => <span key={fact}>{fact}</span>)}</p>;
  }
  if (doc.status === 'cancelled') return <p className="facts"><span className="state">Cancelled</span></p>;
  if (doc.status === 'failed') return <p className="facts"><span className="state">Failed</span></p>;
  if (doc.pages) facts.push(count(doc.pages, 'page'));
  return (
    <p className="facts">
      <span className="state">{stageOf(doc)}</span>
      {doc.status === 'processing' && !doc.paused && <span>{Math.round((doc.progress ?? 0) * 100)} %</span>}
      {facts.map((fact) => <span key={fact}>{fact}</span>)}
    </p>
  );
}

function Progress({ doc, name }: { doc: Doc; name: string }) {
  const value = Math.max(0, Math.min(1, doc.progress ?? 0));
  return (
    <div className="bar" role="progressbar" aria-label={`Progress of ${name}`} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(value * 100)}>
      <div style={{ transform: `scaleX(${value})` }} />
    </div>
  );
}

interface ActionProps {
  icon: IconName;
  name: string;
  onClick: () => void;
  pressed?: boolean;
  disabled?: boolean;
  'data-delete'?: boolean;
}

export function Action({ icon, name, onClick, pressed, ...more }: ActionProps) {
  return (
    <button className="icon-button small" aria-label={name} aria-pressed={pressed} title={name} onClick={onClick} {...more}>
      <Icon name={icon} />
    </button>
  );
}

function Confirm({ name, onYes, onNo }: { name: string; onYes: () => void; onNo: () => void }) {
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => keep.current?.focus(), []);
  return (
    <div className="confirm" role="group" aria-label={`Delete ${name}?`} onKeyDown={(e) => e.key === 'Escape' && (e.stopPropagation(), onNo())}>
      <button className="button danger tiny" onClick={onYes}>Delete</button>
      <button className="button quiet tiny" ref={keep} onClick={onNo}>Keep</button>
    </div>
  );
}
