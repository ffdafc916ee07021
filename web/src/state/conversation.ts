// One conversation: its messages, the answer that is streaming into it, and the way to stop that. The answer is written on the server
// whoever listens: a page that is loaded again, and every other tab of the conversation, follows it by its id.

import { ApiError, call, get, problemOf, say } from '../lib/api';
import { saveAs } from '../lib/save';
import { SseParser, readSse, type SseEvent } from '../lib/sse';
import { createStore } from '../lib/store';
import type { Citation, Doc, Done, Progress, Sentence, SessionInfo, Source, Step, StoredMessage } from '../lib/types';
import { scope } from './scope';

export interface Message {
  key: string;
  role: 'user' | 'assistant';
  text: string;
  state: 'thinking' | 'streaming' | 'done' | 'stopped' | 'failed';
  steps: Step[];
  progress: Progress | null;
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

/** The answer this page listens to. */
interface Listening {
  abort: AbortController;
  answerId: string;
  lastEventId: string;
  finished: boolean;
  /** Before its id is known: it is stopped as soon as that is. */
  stopWanted: boolean;
}

let running: Listening | undefined;
let nextKey = 1;

function message(role: Message['role'], text: string, state: Message['state']): Message {
  return { key: `m${nextKey++}`, role, text, state, steps: [], progress: null, sources: [], citations: [], sentences: [], confidence: null, timings: {}, notes: [], degraded: false, accepted: false, error: '' };
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
  if (text !== '') begin(text, '/api/chat', { message: text });
}

/** The summary of a document, as an answer in this conversation. */
export function summarise(doc: Doc): void {
  begin(`Summarise ${doc.name}`, `/api/documents/${encodeURIComponent(doc.id)}/summary`, {});
}

function begin(text: string, address: string, body: Record<string, unknown>): void {
  if (conversation.get().answering) return;
  const answer = message('assistant', '', 'thinking');
  conversation.set((state) => ({
    ...state,
    answering: true,
    error: '',
    messages: [...state.messages, message('user', text, 'done'), answer],
  }));
  void stream(address, body, answer.key);
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

/** Ends the answer everywhere: in the model server, and in every tab. What has arrived stays. */
export function stop(): void {
  const answer = running;
  if (!answer) return;
  answer.stopWanted = true;
  if (answer.answerId) void sendStop(answer);
}

async function sendStop(answer: Listening): Promise<void> {
  try {
    await call(`/api/answers/${encodeURIComponent(answer.answerId)}/stop`, { method: 'POST' });
  } catch {
    // The server has no such answer, or is away: nobody is left to write it.
    answer.abort.abort();
  }
}

/** Stops listening; the answer goes on. */
function leave(): void {
  running?.abort.abort();
}

const retries = 5;

async function stream(address: string, body: Record<string, unknown>, key: string): Promise<void> {
  const sessionId = conversation.get().sessionId;
  const only = scope.get().map((doc) => doc.id);
  const json = { ...body, stream: true, resumable: true, ...(sessionId ? { session_id: sessionId } : {}), ...(only.length > 0 ? { document_ids: only } : {}) };
  await listen(key, '', (signal) => call(address, { method: 'POST', json, signal, headers: { Accept: 'text/event-stream' } }));
}

/** Reads the answer to its end. A connection that breaks is taken up again where it broke. */
async function listen(key: string, answerId: string, begin: (signal: AbortSignal) => Promise<Response>): Promise<void> {
  leave();
  const answer: Listening = { abort: new AbortController(), answerId, lastEventId: '', finished: false, stopWanted: false };
  running = answer;
  const signal = answer.abort.signal;
  try {
    let response = await begin(signal);
    for (let failures = 0; ; ) {
      const before = answer.lastEventId;
      try {
        await read(response, answer, key);
      } catch (error) {
        if (error instanceof ApiError || signal.aborted || !answer.answerId) throw error;
      }
      if (answer.finished || signal.aborted) break;
      failures = answer.lastEventId === before ? failures + 1 : 0;
      if (!answer.answerId || failures > retries) throw new ApiError({ detail: 'The answer ended before it was complete.' });
      if (failures > 0) await new Promise((resolve) => setTimeout(resolve, 300 * failures));
      response = await follow(answer.answerId, answer.lastEventId, signal);
    }
  } catch (error) {
    if (!signal.aborted) {
      // A conversation that no longer exists on the server must not make every further question fail.
      if (error instanceof ApiError && error.status === 404) forgetSession();
      edit(key, (m) => ({ ...m, state: 'failed', error: say(error) }));
    }
  } finally {
    if (signal.aborted && answer.stopWanted) edit(key, (m) => (m.state === 'done' ? m : { ...m, state: 'stopped' }));
    if (running === answer) {
      running = undefined;
      conversation.set((state) => ({ ...state, answering: false }));
      void showKept(key);
    }
    void loadSessions();
  }
}

/** A comparison or a summary that was stopped: what it had by then is in the conversation soon after. */
async function showKept(key: string): Promise<void> {
  const stopped = () => conversation.get().messages.find((m) => m.key === key && m.state === 'stopped' && m.text === '' && m.progress !== null);
  for (let i = 1; i <= 5 && stopped(); ++i) {
    await new Promise((resolve) => setTimeout(resolve, 150 * i));
    const id = conversation.get().sessionId;
    if (!stopped() || id === '') return;
    const kept = await get<{ messages: StoredMessage[] }>(`${path(id)}/messages`).catch(() => undefined);
    const last = kept?.messages[kept.messages.length - 1];
    if (last?.role === 'assistant' && last.stopped && stopped()) {
      edit(key, (m) => ({ ...m, text: String(last.content ?? ''), citations: last.citations ?? [], sentences: last.sentences ?? [] }));
    }
  }
}

function follow(answerId: string, lastEventId: string, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'text/event-stream' };
  if (lastEventId) headers['Last-Event-ID'] = lastEventId;
  return call(`/api/answers/${encodeURIComponent(answerId)}`, { signal, headers });
}

async function read(response: Response, answer: Listening, key: string): Promise<void> {
  if (!response.body) throw new ApiError({ detail: 'The answer has no content.' });
  await readSse(response.body, new SseParser(), (event) => {
    if (answer.abort.signal.aborted) return;
    if (event.id) answer.lastEventId = event.id;
    if (event.event === 'done' || event.event === 'stopped' || event.event === 'error') answer.finished = true;
    receive(event, key);
    if (event.event === 'session') began(event, answer);
  });
}

function began(event: SseEvent, answer: Listening): void {
  const id = (JSON.parse(event.data) as { answer_id?: unknown }).answer_id;
  if (typeof id !== 'string' || id === '') return;
  if (answer.answerId === '') tabs.postMessage({ session: conversation.get().sessionId });
  answer.answerId = id;
  if (answer.stopWanted) void sendStop(answer);
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
    case 'progress': {
      const { done, of, text } = data as Partial<Progress>;
      edit(key, (m) => ({ ...m, progress: { done: Number(done) || 0, of: Number(of) || 0, text: String(text ?? '').slice(0, 400) } }));
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
    case 'stopped':
      edit(key, (m) => ({ ...m, state: 'stopped' }));
      return;
    case 'error':
      throw problemOf(Number((data as { status?: unknown }).status) || 0, event.data);
    default:
  }
}

export function newConversation(): void {
  leave();
  remember('');
  conversation.set((state) => ({ ...state, sessionId: '', messages: [], error: '', loading: false }));
}

const path = (id: string) => `/api/sessions/${encodeURIComponent(id)}`;

export async function openSession(id: string): Promise<void> {
  leave();
  remember(id);
  conversation.set((state) => ({ ...state, sessionId: id, messages: [], error: '', loading: true, answering: false }));
  await readSession(id);
}

/** Shows what the server has of this conversation, and follows the answer that is being written in it. */
async function readSession(id: string): Promise<void> {
  try {
    const { messages, answer_id } = await get<{ messages: StoredMessage[]; answer_id?: string }>(`${path(id)}/messages`);
    if (conversation.get().sessionId !== id || conversation.get().answering) return;
    const restored = messages.map((m) => ({
      ...message(m.role, String(m.content ?? ''), m.stopped ? ('stopped' as const) : ('done' as const)),
      citations: m.citations ?? [],
      sentences: m.sentences ?? [],
      confidence: m.confidence ?? null,
      accepted: true,
    }));
    // An answer that ended while this was read is among the messages already.
    const live = answer_id && messages[messages.length - 1]?.role === 'user' ? message('assistant', '', 'thinking') : undefined;
    conversation.set((state) => ({ ...state, messages: live ? [...restored, live] : restored, loading: false, error: '', answering: live !== undefined }));
    if (live && answer_id) void listen(live.key, answer_id, (signal) => follow(answer_id, '', signal));
  } catch (error) {
    if (conversation.get().sessionId !== id) return;
    if (error instanceof ApiError && error.status === 404) return newConversation();
    conversation.set((state) => ({ ...state, loading: false, error: say(error) }));
  }
}

// What a tab does to a conversation, the other tabs read from the server.
const tabs = new BroadcastChannel('docmind.conversations');
tabs.onmessage = (event: MessageEvent<{ session?: unknown }>) => {
  const id = conversation.get().sessionId;
  void loadSessions();
  if (id !== '' && event.data.session === id && !conversation.get().answering) void readSession(id);
};

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
  tabs.postMessage({ session: id });
  await loadSessions();
}

export async function deleteSession(id: string): Promise<void> {
  await call(path(id), { method: 'DELETE' });
  tabs.postMessage({ session: id });
  if (conversation.get().sessionId === id) newConversation();
  await loadSessions();
}

/** The conversation as a Markdown file, saved by the browser. */
export async function exportSession(id: string, title: string): Promise<void> {
  saveAs(await (await call(`${path(id)}/export?format=md`)).blob(), `${title.replace(/[^\p{L}\p{N} _-]+/gu, ' ').trim().slice(0, 80) || 'conversation'}.md`);
}
