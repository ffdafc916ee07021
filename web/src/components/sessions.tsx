// Past conversations: search, open, export, rename, delete, and undo that.

import { useEffect, useRef, useState, type FormEvent } from 'react';
import { say } from '../lib/api';
import { ago } from '../lib/format';
import { useStore } from '../lib/store';
import type { FoundSession, SessionInfo } from '../lib/types';
import { useOutside } from '../lib/use_outside';
import { conversation, openSession } from '../state/conversation';
import { deleteSession, exportSession, loadSessions, renameSession, searchSessions, sessions, undoDelete } from '../state/sessions';
import { Action } from './document_row';
import { Excerpt } from './excerpt';
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

const searchPause = 150; // ms after the last key

function SessionList({ close }: { close: () => void }) {
  const { list, found, query, removed } = useStore(sessions, (s) => s);
  const current = useStore(conversation, (s) => s.sessionId);
  const [problem, setProblem] = useState('');
  const act = (work: Promise<void>) => {
    setProblem('');
    work.catch((error: unknown) => setProblem(say(error)));
  };
  const searching = query.trim() !== '';
  const shown: FoundSession[] = searching ? (found ?? []) : list.slice(0, 200);
  return (
    <div className="popover sessions-popover" role="group" aria-label="Conversations">
      <h2>Conversations</h2>
      <SearchBox act={act} />
      {problem && <p className="notice bad" role="alert">{problem}</p>}
      {removed && (
        <p className="undo" role="status">
          <span>Deleted “{removed.title || 'Untitled'}”.</span>
          <button className="button quiet tiny" onClick={() => act(undoDelete())}>Undo</button>
        </p>
      )}
      {!searching && list.length === 0 && <p className="hint">None yet. A conversation appears here after its first question.</p>}
      {searching && found?.length === 0 && <p className="hint" role="status">Nothing was said with all of “{query.trim()}”.</p>}
      <ul role="list">
        {shown.map((session) => (
          <SessionRow key={session.id} session={session} current={session.id === current} act={act} close={close} />
        ))}
      </ul>
    </div>
  );
}

function SearchBox({ act }: { act: (work: Promise<void>) => void }) {
  const [text, setText] = useState(sessions.get().query);
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const timer = setTimeout(() => latest.current(searchSessions(text)), text === '' ? 0 : searchPause);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <input
      type="search"
      className="sessions-search"
      value={text}
      aria-label="Search conversations"
      placeholder="Search in titles and messages"
      maxLength={200}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => event.key === 'Escape' && text !== '' && (event.stopPropagation(), setText(''))}
    />
  );
}

function asInfo({ match: _, ...session }: FoundSession): SessionInfo {
  return session;
}

interface RowProps {
  session: FoundSession;
  current: boolean;
  act: (work: Promise<void>) => void;
  close: () => void;
}

function SessionRow({ session, current, act, close }: RowProps) {
  const [mode, setMode] = useState<'shown' | 'renaming' | 'deleting' | 'exporting'>('shown');
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
    <li className={`session${current ? ' current' : ''}`} onKeyDown={(e) => mode === 'exporting' && e.key === 'Escape' && (e.stopPropagation(), setMode('shown'))}>
      <button
        className="session-open"
        aria-current={current || undefined}
        onClick={() => {
          const place = session.match?.message_id ?? '';
          if (!current || place !== '') void openSession(session.id, place);
          close();
        }}
      >
        <span className="session-title">{title}</span>
        {session.match?.message_id && <Excerpt text={session.match.excerpt} matches={session.match.matches} />}
        <span className="session-time">{ago(session.updated_at ?? session.created_at)}</span>
      </button>
      {mode === 'deleting' && (
        <span className="confirm">
          <button className="button danger tiny" onClick={() => act(deleteSession(asInfo(session)))}>Delete</button>
          <button className="button quiet tiny" autoFocus onClick={() => setMode('shown')}>Keep</button>
        </span>
      )}
      {mode === 'exporting' && (
        <span className="confirm" role="group" aria-label={`Export ${title} as`}>
          {(['md', 'json'] as const).map((format) => (
            <button key={format} className="button quiet tiny" autoFocus={format === 'md'} onClick={() => (act(exportSession(session.id, title, format)), setMode('shown'))}>
              {format === 'md' ? 'Markdown' : 'JSON'}
            </button>
          ))}
        </span>
      )}
      {mode === 'shown' && (
        <span className="session-actions">
          <Action icon="download" name={`Export ${title}`} onClick={() => setMode('exporting')} />
          <Action icon="edit" name={`Rename ${title}`} onClick={() => setMode('renaming')} />
          <Action icon="trash" name={`Delete ${title}`} onClick={() => setMode('deleting')} />
        </span>
      )}
    </li>
  );
}
