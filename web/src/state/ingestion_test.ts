import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Doc } from '../lib/types';
import { documentChanged, documents, pauseDocument } from './documents';
import { ingestion, pauseAll, pollIngestion, resumeAll, watchIngestion } from './ingestion';

let asked: string[];
let counts: Record<string, number>;
let paused: boolean;
let held: Promise<void> | undefined;
let unwatch: () => void;

const doc = (status: Doc['status'], more: Partial<Doc> = {}): Doc => ({ id: 'a', name: 'a.txt', status, ...more });
const overview = () => ({
  paused, progress: 0.5, eta_seconds: 90,
  documents: { queued: 0, paused: 0, processing: 0, ready: 0, failed: 0, cancelled: 0, ...counts },
  watched: [],
});

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  counts = {};
  paused = false;
  held = undefined;
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    asked.push(`${init.method} ${path}`);
    if (path.startsWith('/api/documents/')) return new Response(JSON.stringify(doc('queued', { paused: path.endsWith('/pause') })));
    if (init.method === 'POST') paused = path.endsWith('/pause');
    const body = JSON.stringify(overview());
    if (init.method === 'GET') await held;
    return new Response(body);
  });
  unwatch = watchIngestion();
});
afterEach(async () => {
  counts = {};
  documentChanged(doc('ready', { paused: false }));
  await vi.advanceTimersByTimeAsync(5000);
  unwatch();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('asks every two seconds while a document is unfinished, and never when nothing is', async () => {
  await vi.advanceTimersByTimeAsync(20_000);
  expect(asked).toEqual([]);
  counts = { queued: 1 };
  documentChanged(doc('queued'));
  await vi.advanceTimersByTimeAsync(9000);
  expect(asked.length).toBeGreaterThanOrEqual(4);
  expect(asked.length).toBeLessThanOrEqual(6);
  expect(new Set(asked)).toEqual(new Set(['GET /api/ingestion']));
  counts = { ready: 1 };
  documentChanged(doc('ready'));
  await vi.advanceTimersByTimeAsync(1000);
  expect(ingestion.get().overview).toBeNull();
  asked = [];
  await vi.advanceTimersByTimeAsync(20_000);
  expect(asked).toEqual([]);
});

test('work outside the part of the list that was read is followed, too, and a failed question is not the last', async () => {
  counts = { paused: 2, ready: 5000 };
  await pollIngestion();
  expect(ingestion.get().overview?.documents.paused).toBe(2);
  const works = globalThis.fetch;
  vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('broken')));
  await vi.advanceTimersByTimeAsync(4000);
  vi.stubGlobal('fetch', works);
  asked = [];
  counts = { ready: 5002 };
  await vi.advanceTimersByTimeAsync(2100);
  expect(asked).toHaveLength(1);
  expect(ingestion.get()).toEqual({ overview: null, done: 0, total: 0 });
});

test('counts what was finished since the work began', async () => {
  counts = { queued: 3, ready: 10 };
  await pollIngestion();
  expect(ingestion.get()).toMatchObject({ done: 0, total: 3 });
  counts = { queued: 1, ready: 11, failed: 1 };
  await vi.advanceTimersByTimeAsync(2000);
  expect(ingestion.get()).toMatchObject({ done: 2, total: 3 });
  // Everything that was finished has been deleted.
  counts = { queued: 1 };
  await vi.advanceTimersByTimeAsync(2000);
  expect(ingestion.get()).toMatchObject({ done: 0, total: 1 });
});

test('pausing all is not taken back by an answer from before it', async () => {
  counts = { queued: 1 };
  let release = () => {};
  held = new Promise((resolve) => (release = resolve));
  const late = pollIngestion();
  await pauseAll();
  expect(ingestion.get().overview?.paused).toBe(true);
  release();
  await late;
  expect(ingestion.get().overview?.paused).toBe(true);
  await resumeAll();
  expect(ingestion.get().overview?.paused).toBe(false);
  expect(asked).toEqual(['GET /api/ingestion', 'POST /api/ingestion/pause', 'POST /api/ingestion/resume']);
});

test('a document is paused and resumed; one that became ready meanwhile stays ready', async () => {
  documentChanged(doc('processing'));
  await vi.advanceTimersByTimeAsync(100);
  await pauseDocument('a', true);
  expect(documents.get().list.find(({ id }) => id === 'a')).toMatchObject({ status: 'processing', paused: true });
  await pauseDocument('a', false);
  expect(documents.get().list.find(({ id }) => id === 'a')).toMatchObject({ paused: false });
  documentChanged(doc('ready'));
  await vi.advanceTimersByTimeAsync(100);
  await pauseDocument('a', true);
  expect(documents.get().list.find(({ id }) => id === 'a')).toMatchObject({ status: 'ready', paused: false });
});
