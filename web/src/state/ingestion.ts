// How far the server is with everything that was put in. Asked every 2 s while something is unfinished, and not at all otherwise.

import { call, get } from '../lib/api';
import { createStore } from '../lib/store';
import type { Doc, Ingestion, Reindexing, WatchedFolder } from '../lib/types';
import { documents } from './documents';
import { ready } from './ready';

export interface IngestionState {
  /** The server's last word; null while nothing is unfinished. */
  overview: Ingestion | null;
  /** Documents finished since there was last nothing to do, of `total`. */
  done: number;
  total: number;
}

const idle: IngestionState = { overview: null, done: 0, total: 0 };
export const ingestion = createStore<IngestionState>(idle);
/** As the server last said it. */
export const watched = createStore<WatchedFolder[]>([]);
/** Likewise; null while the library is of the embedding model that is configured. */
export const reindexing = createStore<Reindexing | null>(null);

const askEvery = 2000;
let timer: ReturnType<typeof setTimeout> | undefined;
let asking = false;
let askAgain = false;
/** Answers older than the last command would take it back on the page. */
let commands = 0;
/** Documents finished before the present work began. */
let before = 0;

const isUnfinished = (doc: Doc) => doc.status === 'queued' || doc.status === 'processing';

function take(overview: Ingestion): void {
  watched.set(() => overview.watched);
  reindexing.set(() => overview.reindex ?? null);
  const { queued, paused, processing, ready, failed, cancelled } = overview.documents;
  const left = queued + paused + processing;
  const finished = ready + failed + cancelled;
  // A finished document that is processed again, or deleted, belongs to what is left, or to nothing.
  before = ingestion.get().overview ? Math.min(before, finished) : finished;
  ingestion.set(() => (left === 0 ? idle : { overview, done: finished - before, total: finished - before + left }));
}

/** Asks now, and goes on asking while something is unfinished. */
export async function pollIngestion(): Promise<void> {
  if (asking) {
    askAgain = true;
    return;
  }
  clearTimeout(timer);
  asking = true;
  const asked = commands;
  try {
    const overview = await get<Ingestion>('/api/ingestion');
    if (asked === commands) take(overview);
  } catch {
    // The banner about the connection says what is wrong; the next answer puts this right.
  }
  asking = false;
  const wait = askAgain ? 0 : askEvery;
  const moving = ['running', 'waiting'].includes(reindexing.get()?.state ?? '');
  if (askAgain || moving || ingestion.get().overview || documents.get().list.some(isUnfinished)) timer = setTimeout(() => void pollIngestion(), wait);
  askAgain = false;
}

/** Asks when the list of documents, or what is said of the embedding model, says that work begins or ends. Returns what stops watching. */
export function watchIngestion(): () => void {
  let working = false;
  const look = () => {
    const now = documents.get().list.some(isUnfinished);
    if (now !== working) void pollIngestion();
    working = now;
  };
  look();
  let said = ready.get().parts['embedding']?.detail;
  const listen = () => {
    const says = ready.get().parts['embedding']?.detail;
    if (says !== said) void pollIngestion();
    said = says;
  };
  const stops = [documents.subscribe(look), ready.subscribe(listen)];
  return () => stops.forEach((stop) => stop());
}

async function command(name: string): Promise<void> {
  ++commands;
  const overview = (await (await call(`/api/ingestion/${name}`, { method: 'POST' })).json()) as Ingestion;
  ++commands;
  take(overview);
}

export const pauseAll = () => command('pause');
export const resumeAll = () => command('resume');

export async function changeReindex(action: 'pause' | 'resume' | 'cancel'): Promise<void> {
  await command(`reindex/${action}`);
  void pollIngestion();
}
