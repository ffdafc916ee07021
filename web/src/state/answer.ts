// The answer that is streaming into the conversation, and the way to stop it. It is written on the server whoever listens: a page that is
// loaded again, and every other tab of the conversation, follows it by its id.

import { ApiError, call, problemOf, say } from '../lib/api';
import { SseParser, readSse, type SseEvent } from '../lib/sse';
import type { Done, Progress, Sentence, Source, Step } from '../lib/types';
import { change, conversation, remember } from './conversation_store';
import { dropPending } from './pending';

const maxAnswer = 400_000;
const maxSentences = 2000;

/** The answer this page listens to. */
interface Listening {
  abort: AbortController;
  answerId: string;
  onBegun: () => void;
  lastEventId: string;
  /** Its conversation is known. */
  begun: boolean;
  finished: boolean;
  stopWanted: boolean;
}

let running: Listening | undefined;

/** Ends the answer everywhere: in the model server, and in every tab. What has arrived stays. */
export function stop(): void {
  const answer = running;
  if (!answer) return;
  answer.stopWanted = true;
  void sendStop(answer);
}

async function sendStop(answer: Listening): Promise<void> {
  try {
    await call(`/api/answers/${encodeURIComponent(answer.answerId)}/stop`, { method: 'POST' });
  } catch (error) {
    // The question may still be on its way; it is stopped once it has come.
    if (!answer.begun && error instanceof ApiError && error.status === 404) return;
    // The server has no such answer, or is away: nobody is left to write it.
    answer.abort.abort();
  }
}

export function post(address: string, json: Record<string, unknown>, signal: AbortSignal): Promise<Response> {
  return call(address, { method: 'POST', json, signal, headers: { Accept: 'text/event-stream' } });
}

/** Stops listening; the answer goes on. */
export function leave(): void {
  running?.abort.abort();
}

const retries = 5;

/**
 * Reads the answer to its end. A connection that breaks is taken up again where it broke. `onBegun` hears once its conversation is known.
 * False where the page has turned to something else.
 */
export async function listen(key: string, answerId: string, begin: (signal: AbortSignal) => Promise<Response>, onBegun: () => void): Promise<boolean> {
  leave();
  const answer: Listening = { abort: new AbortController(), answerId, onBegun, lastEventId: '', begun: false, finished: false, stopWanted: false };
  running = answer;
  const signal = answer.abort.signal;
  try {
    let response = await begin(signal);
    for (let failures = 0; ; ) {
      const before = answer.lastEventId;
      try {
        await read(response, answer, key);
      } catch (error) {
        if (error instanceof ApiError || signal.aborted) throw error;
      }
      if (answer.finished || signal.aborted) break;
      failures = answer.lastEventId === before ? failures + 1 : 0;
      if (failures > retries) throw new ApiError({ detail: 'The answer ended before it was complete.' });
      if (failures > 0) await new Promise((resolve) => setTimeout(resolve, 300 * failures));
      response = await follow(answer.answerId, answer.lastEventId, signal);
    }
  } catch (error) {
    if (!signal.aborted) {
      // A conversation that no longer exists on the server must not make every further question fail.
      if (error instanceof ApiError && error.status === 404 && !answer.begun) forgetSession();
      // What the server refused is not asked again by the next page; what never came there is.
      if (error instanceof ApiError && error.status > 0) dropPending(answerId);
      change(key, (m) => ({ ...m, state: 'failed', error: say(error) }));
    }
  } finally {
    if (signal.aborted && answer.stopWanted) change(key, (m) => (m.state === 'done' ? m : { ...m, state: 'stopped' }));
    if (running === answer) {
      running = undefined;
      conversation.set((state) => ({ ...state, answering: false }));
    }
    if (answer.finished || answer.stopWanted) dropPending(answerId);
  }
  return running === undefined;
}

export function follow(answerId: string, lastEventId: string, signal: AbortSignal): Promise<Response> {
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
    if (event.event === 'session') began(answer);
  });
}

function began(answer: Listening): void {
  const first = !answer.begun;
  answer.begun = true;
  dropPending(answer.answerId);
  if (first) answer.onBegun();
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
      change(key, (m) => ({ ...m, accepted: true }));
      return;
    }
    case 'step': {
      const step = data as Step;
      change(key, (m) => ({ ...m, steps: [...m.steps, { kind: String(step.kind ?? ''), text: String(step.text ?? '').slice(0, 4000) }].slice(-50) }));
      return;
    }
    case 'progress': {
      const { done, of, text } = data as Partial<Progress>;
      change(key, (m) => ({ ...m, progress: { done: Number(done) || 0, of: Number(of) || 0, text: String(text ?? '').slice(0, 400) } }));
      return;
    }
    case 'sources': {
      const sources = (data as { sources?: Source[] }).sources;
      if (Array.isArray(sources)) change(key, (m) => ({ ...m, sources }));
      return;
    }
    case 'token': {
      const piece = (data as { text?: unknown }).text;
      if (typeof piece === 'string') change(key, (m) => ({ ...m, state: 'streaming', text: (m.text + piece).slice(0, maxAnswer) }));
      return;
    }
    case 'sentence': {
      const sentence = data as Sentence;
      change(key, (m) => ({ ...m, sentences: [...m.sentences, sentence].slice(-maxSentences) }));
      return;
    }
    case 'done': {
      const done = data as Done;
      change(key, (m) => ({
        ...m,
        state: 'done',
        text: typeof done.answer === 'string' && done.answer !== '' ? done.answer.slice(0, maxAnswer) : m.text,
        citations: Array.isArray(done.citations) ? done.citations : [],
        matches: Array.isArray(done.matches) ? done.matches.slice(0, maxSentences) : [],
        sentences: Array.isArray(done.sentences) ? done.sentences.slice(0, maxSentences) : [],
        confidence: done.confidence ?? null,
        timings: done.timings_ms ?? {},
        degraded: done.degraded === true,
        notes: Array.isArray(done.notes) ? done.notes.map(String) : [],
      }));
      return;
    }
    case 'stopped':
      change(key, (m) => ({ ...m, state: 'stopped' }));
      return;
    case 'error':
      throw problemOf(Number((data as { status?: unknown }).status) || 0, event.data);
    default:
  }
}
