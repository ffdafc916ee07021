import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Doc, Ingestion } from '../lib/types';
import { ingestion } from '../state/ingestion';
import { DocumentRow } from './document_row';
import { IngestionProgress, progressText } from './ingestion_progress';

const documents = { queued: 8, paused: 0, processing: 1, ready: 20, failed: 0, cancelled: 0 };
const state = (more: Partial<Ingestion> = {}) => ({ overview: { paused: false, progress: 0.256, eta_seconds: 118, documents, watched: [], ...more }, done: 3, total: 12 });

let root: Root;
let place: HTMLElement;
let asked: string[];

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  asked = [];
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    asked.push(`${init.method} ${path}`);
    return new Response(JSON.stringify(path.includes('documents') ? { paused: true } : state({ paused: true }).overview));
  });
  place = document.body.appendChild(document.createElement('div'));
  root = createRoot(place);
});
afterEach(() => {
  act(() => root.unmount());
  place.remove();
  vi.unstubAllGlobals();
});

const button = (name: string) => [...place.querySelectorAll('button')].find((b) => (b.getAttribute('aria-label') ?? b.textContent) === name);
const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 300)));

test('says how far it is and how long it still takes', () => {
  expect(progressText(state())).toBe('3 of 12 documents · about 2 min left');
  expect(progressText(state({ eta_seconds: 12 }))).toBe('3 of 12 documents · under 1 min left');
  expect(progressText(state({ eta_seconds: 7300 }))).toBe('3 of 12 documents · about 2 h left');
  expect(progressText(state({ eta_seconds: null }))).toBe('3 of 12 documents');
  expect(progressText(state({ paused: true }))).toBe('3 of 12 documents · paused');
  expect(progressText(state({ documents: { ...documents, queued: 0, processing: 0, paused: 9 } }))).toBe('3 of 12 documents · paused');
});

test('shows nothing while idle, then a bar with a name and a button that pauses all', async () => {
  act(() => root.render(<IngestionProgress />));
  expect(place.innerHTML).toBe('');
  ingestion.set(() => state());
  await settle();
  const bar = place.querySelector('[role=progressbar]')!;
  expect([bar.getAttribute('aria-label'), bar.getAttribute('aria-valuenow')]).toEqual(['Ingestion progress', '26']);
  act(() => button('Pause')!.click());
  await settle();
  expect(asked).toEqual(['POST /api/ingestion/pause']);
  expect(button('Resume')).toBeDefined();
});

test('a document that waits can be paused, one that is paused says so and can be resumed', async () => {
  const doc: Doc = { id: 'a', name: 'a.txt', status: 'queued' };
  act(() => root.render(<DocumentRow doc={doc} />));
  act(() => button('Pause a.txt')!.click());
  await settle();
  expect(asked).toEqual(['POST /api/documents/a/pause']);
  act(() => root.render(<DocumentRow doc={{ ...doc, paused: true }} />));
  expect(place.querySelector('.state')!.textContent).toBe('Paused');
  expect(button('Resume a.txt')).toBeDefined();
  expect(button('Cancel a.txt')).toBeDefined();
  act(() => root.render(<DocumentRow doc={{ ...doc, status: 'ready' }} />));
  expect(button('Pause a.txt')).toBeUndefined();
});
