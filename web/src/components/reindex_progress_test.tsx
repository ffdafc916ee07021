import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Reindexing } from '../lib/types';
import { pollIngestion, reindexing } from '../state/ingestion';
import { meanwhileText, modelName, ReindexProgress, reindexText } from './reindex_progress';

const status = (more: Partial<Reindexing> = {}): Reindexing => ({
  state: 'running', from: 'bge-small-en-v1.5-1a2b3c4d', to: '127.0.0.1:11434/nomic-embed-text/768/0011aabb', passages: 10_000, embedded: 2500, eta_seconds: 118,
  searches_by_meaning: true, detail: 'All of it.', ...more,
});

let root: Root;
let place: HTMLElement;
let asked: string[];
let now: Reindexing | null;

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  asked = [];
  now = status();
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    asked.push(`${init.method} ${path}`);
    if (path.endsWith('/cancel') && !now!.searches_by_meaning) {
      return new Response(JSON.stringify({ detail: 'The former model cannot be had.' }), { status: 409 });
    }
    if (path.endsWith('/pause')) now = status({ state: 'paused' });
    if (path.endsWith('/resume')) now = status();
    if (path.endsWith('/cancel')) now = status({ state: 'cancelled', embedded: 0 });
    const documents = { queued: 0, paused: 0, processing: 0, ready: 3, failed: 0, cancelled: 0 };
    return new Response(JSON.stringify({ paused: false, progress: 1, eta_seconds: null, documents, watched: [], reindex: now }));
  });
  place = document.body.appendChild(document.createElement('div'));
  root = createRoot(place);
});
afterEach(async () => {
  now = null;
  await act(() => pollIngestion());
  act(() => root.unmount());
  place.remove();
  vi.unstubAllGlobals();
});

const button = (name: string) => [...place.querySelectorAll('button')].find((b) => b.textContent === name);
const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 50)));

test('says how far it is, and of which model, in the words people have for it', () => {
  expect(reindexText(status())).toBe('New embedding model nomic-embed-text: 2,500 of 10,000 passages · about 2 min left');
  expect(reindexText(status({ state: 'paused' }))).toBe('New embedding model nomic-embed-text: 2,500 of 10,000 passages · paused');
  expect(reindexText(status({ state: 'waiting' }))).toContain('waiting for it');
  expect(reindexText(status({ state: 'cancelled' }))).toBe('The documents stay with the embedding model bge-small-en-v1.5');
  expect(modelName('host:1/org/model/384')).toBe('org/model');
});

test('says what works meanwhile', () => {
  expect(meanwhileText(status())).toContain('goes on with the former model');
  expect(meanwhileText(status({ searches_by_meaning: false }))).toContain('found by their words');
  expect(meanwhileText(status({ state: 'cancelled' }))).toBe('');
});

test('shows nothing until the server tells of it, then a bar, and can be paused, resumed, cancelled and begun anew', async () => {
  act(() => root.render(<ReindexProgress />));
  expect(place.innerHTML).toBe('');
  await act(() => pollIngestion());
  await settle();
  const bar = place.querySelector('[role=progressbar]')!;
  expect([bar.getAttribute('aria-label'), bar.getAttribute('aria-valuenow')]).toEqual(['Re-indexing progress', '25']);
  for (const [name, action, then] of [['Pause', 'pause', 'Resume'], ['Resume', 'resume', 'Pause'], ['Cancel', 'cancel', 'Change model']] as const) {
    asked = [];
    act(() => button(name)!.click());
    await settle();
    expect(asked[0]).toBe(`POST /api/ingestion/reindex/${action}`);
    expect(button(then)).toBeDefined();
  }
  expect(place.querySelector('[role=progressbar]')).toBeNull();
  now = null;
  await act(() => pollIngestion());
  await settle();
  expect(place.innerHTML).toBe('');
});

test('says why it cannot be cancelled', async () => {
  now = status({ searches_by_meaning: false });
  act(() => root.render(<ReindexProgress />));
  await act(() => pollIngestion());
  await settle();
  act(() => button('Cancel')!.click());
  await settle();
  expect(place.querySelector('[role=alert]')!.textContent).toBe('The former model cannot be had.');
  expect(reindexing.get()!.state).toBe('running');
});
