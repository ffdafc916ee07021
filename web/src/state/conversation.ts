// One conversation: its messages, the answer that is streaming into it, and the way to stop that.

import { ApiError, call, get, problemOf, say } from '../lib/api';
import { saveAs } from '../lib/save';
import { SseParser, readSse, type SseEvent } from '../lib/sse';
import { createStore } from '../lib/store';
import type { Citation, Done, Sentence, SessionInfo, Source, Step, StoredMessage } from '../lib/types';
import { scope } from './scope';

export interface Message {
  key: string;
  role: 'user' | 'assistant';
  text: string;
  state: 'thinking' | 'streaming' | 'done' | 'stopped' | 'failed';
  steps: Step[];
  sources: Source[];
  citations: Citation[];
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

export interface ConversationState {
  sessionId: string;
  messages: Message[];
  answering: boolean;
  loading: boolean;
  error: string;
  sessions: SessionInfo[];
}

const sessionKey = 'docmind.session';
const maxAnswer = 400_000;
const maxSentences = 2000;

export const conversation = createStore<ConversationState>({
  sessionId: '',
  messages: [],
  answering: false,
  loading: false,
  error: '',
  sessions: [],
});

let running: AbortController | undefined;
let nextKey = 1;

function message(role: Message['role'], text: string, state: Message['state']): Message {
  return { key: `m${nextKey++}`, role, text, state, steps: [], sources: [], citations: [], sentences: [], confidence: null, timings: {}, notes: [], degraded: false, accepted: false, error: '' };
}

function remember(sessionId: string): void {
  if (sessionId) localStorage.setItem(sessionKey, sessionId);
  else localStorage.removeItem(sessionKey);
}

function edit(key: string, change: (message: Message) => Message): void {
  conversation.set((state) => ({ ...state, messages: state.messages.map((m) => (m.key === key ? change(m) : m)) }));
}

export function ask(question: string): void {
  const text = question.trim();
  if (text === '' || conversation.get().answering) return;
  const answer = message('assistant', '', 'thinking');
  conversation.set((state) => ({
    ...state,
    answering: true,
    error: '',
    messages: [...state.messages, message('user', text, 'done'), answer],
  }));
  void stream('/api/chat', { message: text }, answer.key);
}

/** Answers the last question once more, in the place of its answer. A question that never reached the server is simply asked. */
export function regenerate(): void {
  const { messages, answering, sessionId } = conversation.get();
  const old = messages[messages.length - 1];
  const question = messages[messages.length - 2];
  if (answering || old?.role !== 'assistant' || question?.role !== 'user') return;
  const answer = message('assistant', '', 'thinking');
  conversation.set((state) => ({ ...state, answering: true, error: '', messages: [...state.messages.slice(0, -1), answer] }));
  const kept = old.accepted && sessionId !== '';
  void stream(kept ? `${path(sessionId)}/regenerate` : '/api/chat', kept ? {} : { message: question.text }, answer.key);
}

/** Closes the connection: the server ends everything behind it. What has arrived stays. */
export function stop(): void {
  running?.abort();
}

async function stream(address: string, body: Record<string, unknown>, key: string): Promise<void> {
  const abort = new AbortController();
  running = abort;
  let finished = false;
  try {
    const sessionId = conversation.get().sessionId;
    const only = scope.get().map((doc) => doc.id);
    const response = await call(address, {
      method: 'POST',
      json: { ...body, stream: true, ...(sessionId ? { session_id: sessionId } : {}), ...(only.length > 0 ? { document_ids: only } : {}) },
      signal: abort.signal,
      headers: { Accept: 'text/event-stream' },
    });
    if (!response.body) throw new ApiError({ detail: 'The answer has no content.' });
    await readSse(response.body, new SseParser(), (event) => {
      if (abort.signal.aborted) return;
      if (event.event === 'done') finished = true;
      receive(event, key);
    });
    if (!finished && !abort.signal.aborted) throw new ApiError({ detail: 'The answer ended before it was complete.' });
  } catch (error) {
    if (abort.signal.aborted) edit(key, (m) => ({ ...m, state: 'stopped' }));
    else {
      // A conversation that no longer exists on the server must not make every further question fail.
      if (error instanceof ApiError && error.status === 404) forgetSession();
      edit(key, (m) => ({ ...m, state: 'failed', error: say(error) }));
    }
  } finally {
    if (abort.signal.aborted) edit(key, (m) => (m.state === 'done' ? m : { ...m, state: 'stopped' }));
    if (running === abort) {
      running = undefined;
      conversation.set((state) => ({ ...state, answering: false }));
    }
    void loadSessions();
  }
}

function forgetSession(): void {
  remember('');
  conversation.set((state) => ({ ...state, sessionId: '' }));
}

function receive(event: SseEvent, key: string): void {
  let data: unknown;
  try {
    data = JSON.parse(event.data);
  } catch {
    return;
  }
  if (typeof data !== 'object' || data === null) return;
  switch (event.event) {
    case 'session': {
      const id = String((data as { session_id?: unknown }).session_id ?? '');
      remember(id);
      conversation.set((state) => ({ ...state, sessionId: id }));
      edit(key, (m) => ({ ...m, accepted: true }));
      return;
    }
    case 'step': {
      const step = data as Step;
      edit(key, (m) => ({ ...m, steps: [...m.steps, { kind: String(step.kind ?? ''), text: String(step.text ?? '').slice(0, 4000) }].slice(-50) }));
      return;
    }
    case 'sources': {
      const sources = (data as { sources?: Source[] }).sources;
      if (Array.isArray(sources)) edit(key, (m) => ({ ...m, sources }));
      return;
    }
    case 'token': {
      const piece = (data as { text?: unknown }).text;
      if (typeof piece === 'string') edit(key, (m) => ({ ...m, state: 'streaming', text: (m.text + piece).slice(0, maxAnswer) }));
      return;
    }
    case 'sentence': {
      const sentence = data as Sentence;
      edit(key, (m) => ({ ...m, sentences: [...m.sentences, sentence].slice(-maxSentences) }));
      return;
    }
    case 'done': {
      const done = data as Done;
      edit(key, (m) => ({
        ...m,
        state: 'done',
        text: typeof done.answer === 'string' && done.answer !== '' ? done.answer.slice(0, maxAnswer) : m.text,
        citations: Array.isArray(done.citations) ? done.citations : [],
        sentences: Array.isArray(done.sentences) ? done.sentences.slice(0, maxSentences) : [],
        confidence: done.confidence ?? null,
        timings: done.timings_ms ?? {},
        degraded: done.degraded === true,
        notes: Array.isArray(done.notes) ? done.notes.map(String) : [],
      }));
      return;
    }
    case 'error':
      throw problemOf(Number((data as { status?: unknown }).status) || 0, event.data);
    default:
  }
}

export function newConversation(): void {
  stop();
  remember('');
  conversation.set((state) => ({ ...state, sessionId: '', messages: [], error: '', loading: false }));
}

const path = (id: string) => `/api/sessions/${encodeURIComponent(id)}`;

export async function openSession(id: string): Promise<void> {
  stop();
  remember(id);
  conversation.set((state) => ({ ...state, sessionId: id, messages: [], error: '', loading: true }));
  try {
    const { messages } = await get<{ messages: StoredMessage[] }>(`${path(id)}/messages`);
    const restored = messages.map((m) => ({
      ...message(m.role, String(m.content ?? ''), m.stopped ? ('stopped' as const) : ('done' as const)),
      citations: m.citations ?? [],
      sentences: m.sentences ?? [],
      confidence: m.confidence ?? null,
      accepted: true,
    }));
    conversation.set((state) => (state.sessionId === id ? { ...state, messages: restored, loading: false } : state));
  } catch (error) {
    if (conversation.get().sessionId !== id) return;
    if (error instanceof ApiError && error.status === 404) return newConversation();
    conversation.set((state) => ({ ...state, loading: false, error: say(error) }));
  }
}

/** Where the last visit ended. */
export function restoreSession(): void {
  const id = localStorage.getItem(sessionKey);
  if (id) void openSession(id);
}

export async function loadSessions(): Promise<void> {
  try {
    const { sessions } = await get<{ sessions: SessionInfo[] }>('/api/sessions');
    conversation.set((state) => ({ ...state, sessions: Array.isArray(sessions) ? sessions : [] }));
  } catch {
    // The list is a convenience; the conversation itself says when the server is away.
  }
}

export async function renameSession(id: string, title: string): Promise<void> {
  await call(path(id), { method: 'PATCH', json: { title } });
  await loadSessions();
}

export async function deleteSession(id: string): Promise<void> {
  await call(path(id), { method: 'DELETE' });
  if (conversation.get().sessionId === id) newConversation();
  await loadSessions();
}

/** The conversation as a Markdown file, saved by the browser. */
export async function exportSession(id: string, title: string): Promise<void> {
  saveAs(await (await call(`${path(id)}/export?format=md`)).blob(), `${title.replace(/[^\p{L}\p{N} _-]+/gu, ' ').trim().slice(0, 80) || 'conversation'}.md`);
}
