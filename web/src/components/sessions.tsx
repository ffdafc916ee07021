// Past conversations: open, export, rename, delete.

import { useRef, useState, type FormEvent } from 'react';
import { say } from '../lib/api';
import { ago } from '../lib/format';
import { useStore } from '../lib/store';
import type { SessionInfo } from '../lib/types';
import { useOutside } from '../lib/use_outside';
import { conversation, deleteSession, exportSession, loadSessions, openSession, renameSession } from '../state/conversation';
import { Action } from './document_row';
import { Icon } from './icons';

export function Sessions() {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useOutside(root, open, () => setOpen(false));
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <div className="sessions" ref={root} onKeyDown={(e) => open && e.key === 'Escape' && (e.stopPropagation(), close())}>
      <button
        className="icon-button"
        ref={button}
        aria-label="Conversations"
        title="Conversations"
        aria-expanded={open}
        onClick={() => {
          if (!open) void loadSessions();
          setOpen(!open);
        }}
      >
        <Icon name="history" />
      </button>
      {open && <SessionList close={close} />}
    </div>
  );
}

function SessionList({ close }: { close: () => void }) {
  const sessions = useStore(conversation, (s) => s.sessions);
  const current = useStore(conversation, (s) => s.sessionId);
  const [problem, setProblem] = useState('');
  const act = (work: Promise<void>) => {
    setProblem('');
    work.catch((error: unknown) => setProblem(say(error)));
  };
  return (
    <div className="popover sessions-popover" role="group" aria-label="Conversations">
      <h2>Conversations</h2>
      {problem && <p className="notice bad" role="alert">{problem}</p>}
      {sessions.length === 0 && <p className="hint">None yet. A conversation appears here after its first question.</p>}
      <ul role="list">
        {sessions.slice(0, 200).map((session) => (
          <SessionRow key={session.id} session={session} current={session.id === current} act={act} close={close} />
        ))}
      </ul>
    </div>
  );
}

interface RowProps {
  session: SessionInfo;
  current: boolean;
  act: (work: Promise<void>) => void;
  close: () => void;
}

function SessionRow({ session, current, act, close }: RowProps) {
  const [mode, setMode] = useState<'shown' | 'renaming' | 'deleting'>('shown');
  const title = session.title || 'Untitled';
  const rename = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const wanted = String(new FormData(event.currentTarget).get('title') ?? '').trim();
    setMode('shown');
    if (wanted && wanted !== session.title) act(renameSession(session.id, wanted));
  };
  if (mode === 'renaming') {
    return (
      <li className="session">
        <form onSubmit={rename} onKeyDown={(e) => e.key === 'Escape' && (e.stopPropagation(), setMode('shown'))}>
          <input name="title" defaultValue={title} aria-label="Title of the conversation" maxLength={200} autoFocus onFocus={(e) => e.target.select()} />
          <button className="button primary tiny">Save</button>
        </form>
      </li>
    );
  }
  return (
    <li className={`session${current ? ' current' : ''}`}>
      <button
        className="session-open"
        aria-current={current || undefined}
        onClick={() => {
          if (!current) void openSession(session.id);
          close();
        }}
      >
        <span className="session-title">{title}</span>
        <span className="session-time">{ago(session.updated_at ?? session.created_at)}</span>
      </button>
      {mode === 'deleting' ? (
        <span className="confirm">
          <button className="button danger tiny" onClick={() => act(deleteSession(session.id))}>Delete</button>
          <button className="button quiet tiny" autoFocus onClick={() => setMode('shown')}>Keep</button>
        </span>
      ) : (
        <span className="session-actions">
          <Action icon="download" name={`Export ${title}`} onClick={() => act(exportSession(session.id, title))} />
          <Action icon="edit" name={`Rename ${title}`} onClick={() => setMode('renaming')} />
          <Action icon="trash" name={`Delete ${title}`} onClick={() => setMode('deleting')} />
        </span>
      )}
    </li>
  );
}
