// What the server can do at the moment, asked every 2 s until everything is there and every 30 s after that.

import { call } from '../lib/api';
import { createStore } from '../lib/store';
import type { Part, Readiness } from '../lib/types';

export interface ReadyState {
  known: boolean;
  connected: boolean;
  parts: Record<string, Part>;
  /** The language model that answers; empty while the server has not named one. */
  model: string;
  builtIn: boolean;
}

export const ready = createStore<ReadyState>({ known: false, connected: true, parts: {}, model: '', builtIn: false });

let timer: ReturnType<typeof setTimeout> | undefined;

export function setConnected(connected: boolean): void {
  if (ready.get().connected === connected) return;
  ready.set((state) => ({ ...state, connected }));
  if (connected) void pollReady();
}

export async function pollReady(): Promise<void> {
  clearTimeout(timer);
  let allOk = false;
  try {
    const parts = await ask();
    allOk = Object.values(parts).every((part) => part.ok);
    ready.set((state) => ({ ...state, known: true, parts }));
    if (parts['llm']?.ok && ready.get().model === '') await nameModel();
  } catch {
    // The banner about the connection is the event stream's to show: it knows first.
  }
  clearTimeout(timer);
  timer = setTimeout(() => void pollReady(), allOk ? 30_000 : 2_000);
}

async function ask(): Promise<Record<string, Part>> {
  // 503 is an answer here: its body says what is missing.
  const body = (await (await call('/api/ready', { accept: [503] })).json()) as Readiness;
  const parts: Record<string, Part> = {};
  for (const [name, part] of Object.entries(body.parts ?? {})) {
    parts[name] = { ok: part?.ok === true, detail: typeof part?.detail === 'string' ? part.detail.slice(0, 500) : '' };
  }
  return parts;
}

async function nameModel(): Promise<void> {
  const body = (await (await call('/api/models')).json()) as { model?: unknown; base_url?: unknown };
  const model = typeof body.model === 'string' ? body.model.slice(0, 200) : '';
  ready.set((state) => ({ ...state, model, builtIn: body.base_url === 'built-in' }));
}

export type Tone = 'unknown' | 'good' | 'wait' | 'warn' | 'bad';

const lacking: [part: string, words: string, tone: Tone][] = [
  ['store', 'The document store cannot be used', 'bad'],
  ['embedding', 'No embedding model: documents wait for it', 'bad'],
  ['llm', 'No language model: answers are passages', 'warn'],
  ['reranker', 'No reranker: passages are ordered less exactly', 'warn'],
];

export function isLoading(part: Part): boolean {
  return !part.ok && /\b(loading|starting)\b/i.test(part.detail ?? '');
}

/** The state of the whole in a few words; the gravest lack stands for all. */
export function summary(state: ReadyState): { text: string; tone: Tone } {
  if (!state.connected) return { text: 'Not connected', tone: 'bad' };
  if (!state.known) return { text: 'Connecting…', tone: 'unknown' };
  let waiting = false;
  for (const [name, words, tone] of lacking) {
    const part = state.parts[name];
    if (!part || part.ok) continue;
    if (!isLoading(part)) return { text: words, tone };
    waiting = true;
  }
  return waiting ? { text: 'Loading the models…', tone: 'wait' } : { text: 'Ready', tone: 'good' };
}
