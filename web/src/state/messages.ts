// A message as the page shows it, and how what the server has stored comes together with what the page saw while it was written.

import type { ByteRanges, Citation, Progress, Sentence, Source, Step, StoredMessage } from '../lib/types';

export interface Message {
  /** Of the page: it stays while the message becomes a stored one. */
  key: string;
  /** Of the server; empty until it is known. */
  id: string;
  /** The message it follows; empty: it begins the conversation. */
  parentId: string;
  /** All messages that follow the same one, its own among them. */
  siblings: string[];
  role: 'user' | 'assistant';
  text: string;
  state: 'thinking' | 'streaming' | 'done' | 'stopped' | 'failed';
  steps: Step[];
  progress: Progress | null;
  sources: Source[];
  citations: Citation[];
  /** The words of its quotations that the question has too. */
  matches: ByteRanges;
  /** What was said, sentence by sentence, as far as it was compared with the passages. */
  sentences: Sentence[];
  confidence: number | null;
  timings: Record<string, number>;
  notes: string[];
  degraded: boolean;
  /** The server has the question: its conversation holds it, whatever becomes of the answer. */
  accepted: boolean;
  error: string;
}

let nextKey = 1;

export function newMessage(role: Message['role'], text: string, state: Message['state']): Message {
  return { key: `m${nextKey++}`, id: '', parentId: '', siblings: [], role, text, state, steps: [], progress: null, sources: [], citations: [], matches: [], sentences: [], confidence: null, timings: {}, notes: [], degraded: false, accepted: false, error: '' };
}

function restored(m: StoredMessage): Message {
  return {
    ...newMessage(m.role, String(m.content ?? ''), m.stopped ? 'stopped' : 'done'),
    id: m.id,
    parentId: m.parent_id ?? '',
    siblings: m.siblings ?? [],
    citations: m.citations ?? [],
    matches: m.matches ?? [],
    sentences: m.sentences ?? [],
    confidence: m.confidence ?? null,
    accepted: true,
  };
}

function isSame(shown: Message | undefined, stored: StoredMessage): shown is Message {
  if (!shown || shown.role !== stored.role) return false;
  if (shown.id !== '') return shown.id === stored.id;
  return shown.role === 'assistant' || shown.text === stored.content;
}

/**
 * What the server has, in its words; of a message that was shown already the place on the page and what only the stream told (steps,
 * times, notes) stay. An answer at the end that the server does not have, because it failed, stays below its question.
 */
export function withStored(shown: Message[], stored: StoredMessage[]): Message[] {
  let alike = true;
  const result = stored.map((m, i) => {
    const old = shown[i];
    const fresh = restored(m);
    alike &&= isSame(old, m);
    if (!alike || !old) return fresh;
    // To words that were stopped nothing is added before the person's eyes; where none came, what was kept is shown.
    if (old.state === 'stopped' && old.text !== '') return { ...old, id: fresh.id, parentId: fresh.parentId, siblings: fresh.siblings, accepted: true };
    const { key, steps, sources, timings, notes, degraded } = old;
    return { ...fresh, key, steps, sources, timings, notes, degraded };
  });
  const rest = shown.slice(stored.length);
  return alike && rest.every((m) => m.id === '') ? [...result, ...rest] : result;
}
