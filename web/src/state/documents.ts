// What the list of documents shows: what the server has, kept live by its events, and what is on its way there.

import { call, get, say } from '../lib/api';
import { saveAs } from '../lib/save';
import { createStore } from '../lib/store';
import type { Doc } from '../lib/types';
import { leaveScope } from './scope';

export interface DocumentsState {
  /** Newest first; a document that changes keeps its place and becomes a new object, the others stay the same objects. */
  list: Doc[];
  loaded: boolean;
  more: boolean;
  error: string;
}

export const documents = createStore<DocumentsState>({ list: [], loaded: false, more: false, error: '' }, 80);

let cursor: string | null = null;
/** Removed here, and not yet by the server's own event: events sent before that one must not bring them back. */
const removed = new Set<string>();
const index = new Map<string, number>();

function reindex(list: Doc[]): void {
  index.clear();
  list.forEach((doc, at) => index.set(doc.id, at));
}

const finalStates = new Set(['ready', 'failed', 'cancelled']);

/** Puts changed or new documents into the list with one copy of it, however many they are. */
function putAll(incoming: Doc[], where: 'front' | 'back'): void {
  documents.set((state) => {
    const list = state.list.slice();
    const fresh = new Map<string, Doc>();
    for (const doc of incoming) {
      if (!doc || typeof doc.id !== 'string' || removed.has(doc.id)) continue;
      const at = index.get(doc.id);
      if (at === undefined) fresh.set(doc.id, { ...fresh.get(doc.id), ...doc });
      else list[at] = { ...list[at], ...doc };
    }
    if (fresh.size === 0) return { ...state, list };
    const added = [...fresh.values()];
    const next = where === 'front' ? [...added.reverse(), ...list] : [...list, ...added];
    reindex(next);
    return { ...state, list: next };
  });
}

let pending: Doc[] = [];
function flush(): void {
  const batch = pending;
  pending = [];
  if (batch.length > 0) putAll(batch, 'front');
}

/** One event from the server. Events are gathered for a moment: five hundred files must not copy the list a thousand times. */
export function documentChanged(doc: Doc): void {
  if (pending.length === 0) setTimeout(flush, 60);
  pending.push(doc);
}

/** The server's word that a document is gone. Whatever comes under its id after this is a new document. */
export function documentRemoved(id: string): void {
  pending = pending.filter((doc) => doc.id !== id);
  forget(id);
  removed.delete(id);
}

/** What the answer to an upload said. Events may have overtaken it and know more, so it never changes a document already seen. */
export function documentAccepted(doc: Doc): void {
  removed.delete(doc.id);
  if (index.has(doc.id) || pending.some((seen) => seen.id === doc.id)) return;
  documentChanged(doc);
}

function forget(id: string): void {
  leaveScope(id);
  removed.add(id);
  documents.set((state) => {
    const list = state.list.filter((doc) => doc.id !== id);
    reindex(list);
    return { ...state, list };
  });
}

interface Page {
  documents: Doc[];
  next_cursor?: string | null;
}

async function loadPages(limit: number): Promise<void> {
  for (let pages = 0; pages < limit; ++pages) {
    const query = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const page: Page = await get<Page>(`/api/documents?limit=200${query}`);
    cursor = page.next_cursor ?? null;
    putAll(page.documents, 'back');
    if (!cursor) break;
  }
  documents.set((state) => ({ ...state, loaded: true, more: cursor !== null, error: '' }));
}

/** Reads the list from its start; what was deleted elsewhere meanwhile disappears. */
export async function loadDocuments(): Promise<void> {
  cursor = null;
  try {
    const page = await get<Page>('/api/documents?limit=200');
    cursor = page.next_cursor ?? null;
    documents.set((state) => {
      const known = new Map(state.list.map((doc) => [doc.id, doc]));
      const list = page.documents.filter((doc) => !removed.has(doc.id)).map((doc) => ({ ...known.get(doc.id), ...doc }));
      reindex(list);
      return { list, loaded: true, more: cursor !== null, error: '' };
    });
    if (cursor) await loadPages(9);
  } catch (error) {
    documents.set((state) => ({ ...state, loaded: true, error: say(error) }));
  }
}

const refreshEvery = 3000;
let refresh: ReturnType<typeof setTimeout> | undefined;
let refreshed = -Infinity;

/** More documents changed than events tell in time: reads the list again in place, now or a moment after the last time. */
export function refreshSoon(): void {
  refresh ??= setTimeout(() => void refreshNow(), Math.max(0, refreshed + refreshEvery - performance.now()));
}

async function refreshNow(): Promise<void> {
  const found: Doc[] = [];
  let next: string | null = '';
  try {
    for (let pages = 0; pages < 10 && next !== null; ++pages) {
      const page: Page = await get<Page>(`/api/documents?limit=200${next ? `&cursor=${encodeURIComponent(next)}` : ''}`);
      found.push(...page.documents);
      next = page.next_cursor ?? null;
    }
    // Oldest first, as events come.
    putAll(found.reverse(), 'front');
  } catch {
    // The events go on behind this; they bring every document sooner or later.
  }
  refreshed = performance.now();
  refresh = undefined;
}

export async function loadMoreDocuments(): Promise<void> {
  await loadPages(5);
}

const path = (id: string) => `/api/documents/${encodeURIComponent(id)}`;

export async function removeDocument(id: string): Promise<void> {
  await call(path(id), { method: 'DELETE' });
  forget(id);
}

export async function reprocessDocument(id: string): Promise<void> {
  await call(`${path(id)}/reprocess`, { method: 'POST' });
  putAll([{ ...known(id), status: 'queued', stage: '', progress: 0, paused: false, error: null }], 'front');
}

export async function cancelDocument(id: string): Promise<void> {
  await call(`${path(id)}/cancel`, { method: 'POST' });
  const doc = known(id);
  if (!finalStates.has(doc.status)) putAll([{ ...doc, status: 'cancelled' }], 'front');
}

/** Keeps the document from being processed, or lets it go on. */
export async function pauseDocument(id: string, pause: boolean): Promise<void> {
  const answer = (await (await call(`${path(id)}/${pause ? 'pause' : 'resume'}`, { method: 'POST' })).json()) as Doc;
  // Events may have overtaken the answer, so the rest of it is left to them.
  if (!finalStates.has(known(id).status)) putAll([{ ...known(id), paused: answer.paused === true }], 'front');
}

function known(id: string): Doc {
  const at = index.get(id);
  return (at === undefined ? undefined : documents.get().list[at]) ?? { id, name: id, status: 'queued' };
}

/** The original bytes, as they were uploaded. */
export async function downloadDocument(id: string, name: string): Promise<void> {
  saveAs(await (await call(`${path(id)}/content`)).blob(), name);
}

/** Why a document failed, in words, whichever shape the server gave. */
export function errorOf(doc: Doc): string {
  const error = doc.error;
  if (!error) return doc.status === 'failed' ? 'It could not be read.' : '';
  if (typeof error === 'string') return error;
  return error.detail || error.message || error.title || 'It could not be read.';
}
