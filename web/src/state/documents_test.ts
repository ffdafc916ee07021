import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { documents, loadDocuments, refreshSoon } from './documents';

let asked: string[];
let list: { id: string; name: string; status: string }[];

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  list = [{ id: 'b', name: 'b.txt', status: 'queued' }, { id: 'a', name: 'a.txt', status: 'queued' }];
  vi.stubGlobal('fetch', async (path: string) => {
    asked.push(path);
    return new Response(JSON.stringify({ documents: list, next_cursor: null }));
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('refreshSoon', () => {
  test('reads the list in place, and not more than every three seconds', async () => {
    await loadDocuments();
    list = [{ id: 'd', name: 'd.txt', status: 'ready' }, { id: 'c', name: 'c.txt', status: 'ready' }, ...list.map((doc) => ({ ...doc, status: 'ready' }))];
    asked = [];
    for (let i = 0; i < 50; ++i) {
      refreshSoon();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(asked).toHaveLength(2);
    expect(documents.get().list.map((doc) => `${doc.id} ${doc.status}`)).toEqual(['d ready', 'c ready', 'b ready', 'a ready']);
    await vi.advanceTimersByTimeAsync(10_000);
    // The last word was said after the second reading, so there is a third.
    expect(asked).toHaveLength(3);
  });
});
