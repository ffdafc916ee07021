// The conversations there are: listed, searched, renamed, exported, deleted and brought back.

import { call, get } from '../lib/api';
import { saveAs } from '../lib/save';
import { createStore } from '../lib/store';
import type { FoundSession, SessionInfo } from '../lib/types';
import { conversation, newConversation } from './conversation';
import { tellTabs } from './tabs';

export interface SessionsState {
  list: SessionInfo[];
  /** What was searched for; empty: all are listed. */
  query: string;
  /** Null until the server has answered. */
  found: FoundSession[] | null;
  /** The one that was deleted last: it can be brought back. */
  removed: SessionInfo | null;
}

export const sessions = createStore<SessionsState>({ list: [], query: '', found: null, removed: null });

export const sessionPath = (id: string) => `/api/sessions/${encodeURIComponent(id)}`;

export async function loadSessions(): Promise<void> {
  try {
    const answer = await get<{ sessions: SessionInfo[] }>('/api/sessions');
    sessions.set((state) => ({ ...state, list: Array.isArray(answer.sessions) ? answer.sessions : [] }));
  } catch {
    // The list is a convenience; the conversation itself says when the server is away.
  }
}

/** An answer to what was typed before is passed over. */
export async function searchSessions(query: string): Promise<void> {
  sessions.set((state) => ({ ...state, query, found: query.trim() === '' ? null : state.found }));
  if (query.trim() === '') return;
  const answer = await get<{ sessions: FoundSession[] }>(`/api/sessions?query=${encodeURIComponent(query)}`);
  sessions.set((state) => (state.query === query ? { ...state, found: Array.isArray(answer.sessions) ? answer.sessions : [] } : state));
}

async function reload(): Promise<void> {
  await loadSessions();
  await searchSessions(sessions.get().query);
}

export async function renameSession(id: string, title: string): Promise<void> {
  await call(sessionPath(id), { method: 'PATCH', json: { title } });
  tellTabs(id);
  await reload();
}

export async function deleteSession(session: SessionInfo): Promise<void> {
  await call(sessionPath(session.id), { method: 'DELETE' });
  tellTabs(session.id);
  sessions.set((state) => ({ ...state, removed: session }));
  if (conversation.get().sessionId === session.id) newConversation();
  await reload();
}

export async function undoDelete(): Promise<void> {
  const { removed } = sessions.get();
  if (!removed) return;
  await call(`${sessionPath(removed.id)}/restore`, { method: 'POST' });
  tellTabs(removed.id);
  sessions.set((state) => ({ ...state, removed: null }));
  await reload();
}

/** The conversation as a file, saved by the browser. */
export async function exportSession(id: string, title: string, format: 'md' | 'json'): Promise<void> {
  const name = title.replace(/[^\p{L}\p{N} _-]+/gu, ' ').trim().slice(0, 80) || 'conversation';
  saveAs(await (await call(`${sessionPath(id)}/export?format=${format}`)).blob(), `${name}.${format}`);
}
