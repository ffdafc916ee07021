// One conversation: its messages, what is asked in it, and which of its branches is shown.

import { ApiError, call, get, say } from '../lib/api';
import type { Doc, StoredMessage } from '../lib/types';
import { follow, leave, listen, post } from './answer';
import { conversation, lastSession, remember } from './conversation_store';
import { newMessage, withStored, type Message } from './messages';
import { dropPending, forgetPending, keepPending, newAnswerId, readPending, type Pending } from './pending';
import { scope } from './scope';
import { loadSessions, sessionPath } from './sessions';
import { onTabsTell, tellTabs } from './tabs';

export { stop } from './answer';
export { conversation } from './conversation_store';

export function ask(question: string): void {
  const { messages } = conversation.get();
  askAfter(messages, question);
}

/** The summary of a document, as an answer at the end of this conversation. */
export function summarise(doc: Pick<Doc, 'id' | 'name'>): void {
  const { messages, answering, sessionId } = conversation.get();
  if (answering) return;
  const answer = newMessage('assistant', '', 'thinking');
  conversation.set((state) => ({ ...state, answering: true, error: '', messages: [...messages, newMessage('user', `Summarise ${doc.name}`, 'done'), answer] }));
  const body = { ...after(messages, sessionId), ...order(sessionId), answer_id: newAnswerId() };
  void hear(answer.key, body.answer_id, (signal) => post(`/api/documents/${encodeURIComponent(doc.id)}/summary`, body, signal));
}

/** What this page shows is what the question follows, whatever another one has asked meanwhile. */
function after(before: Message[], sessionId: string): Record<string, unknown> {
  const last = before[before.length - 1];
  return sessionId === '' || last?.id === '' ? {} : { parent_id: last?.id ?? null };
}

/** Asks the question in other words, in the place where it was asked before. The former wording and all that followed it stay, as another branch. */
export function askInstead(key: string, question: string): void {
  const { messages } = conversation.get();
  const at = messages.findIndex((m) => m.key === key);
  conversation.set((state) => ({ ...state, editing: '' }));
  if (at >= 0) askAfter(messages.slice(0, at), question);
}

function askAfter(before: Message[], question: string): void {
  const text = question.trim();
  if (text === '' || conversation.get().answering) return;
  const { sessionId } = conversation.get();
  const answer = newMessage('assistant', '', 'thinking');
  conversation.set((state) => ({ ...state, answering: true, error: '', messages: [...before, newMessage('user', text, 'done'), answer] }));
  const pending = { answerId: newAnswerId(), question: text, sessionId, body: { message: text, ...after(before, sessionId), ...order(sessionId) } };
  keepPending(pending);
  void hear(answer.key, pending.answerId, (signal) => post('/api/chat', { ...pending.body, answer_id: pending.answerId }, signal));
}

/** Answers the last question once more, in the place of its answer, which stays beside it. A question that never reached the server is simply asked. */
export function regenerate(): void {
  const { messages, answering, sessionId } = conversation.get();
  const old = messages[messages.length - 1];
  const question = messages[messages.length - 2];
  if (answering || old?.role !== 'assistant' || question?.role !== 'user') return;
  if (!old.accepted || sessionId === '') return askAfter(messages.slice(0, -2), question.text);
  const answer = newMessage('assistant', '', 'thinking');
  conversation.set((state) => ({ ...state, answering: true, error: '', messages: [...state.messages.slice(0, -1), answer] }));
  const body = { ...(question.id ? { message_id: question.id } : {}), ...order(sessionId), answer_id: newAnswerId() };
  void hear(answer.key, body.answer_id, (signal) => post(`${sessionPath(sessionId)}/regenerate`, body, signal));
}

function order(sessionId: string): Record<string, unknown> {
  const only = scope.get().map((doc) => doc.id);
  return { stream: true, resumable: true, ...(sessionId ? { session_id: sessionId } : {}), ...(only.length > 0 ? { document_ids: only } : {}) };
}

/** Listens to an answer that this page asked for. */
async function hear(key: string, answerId: string, begin: (signal: AbortSignal) => Promise<Response>): Promise<void> {
  const stays = await listen(key, answerId, begin, () => tellTabs(conversation.get().sessionId));
  void loadSessions();
  if (stays) await learn(key);
}

/** Listens to one that was asked for elsewhere. Once it has begun, the server has its question: it is shown below that. */
async function overhear(key: string, answerId: string): Promise<void> {
  const stays = await listen(key, answerId, (signal) => follow(answerId, '', signal), () => void place(key));
  void loadSessions();
  if (stays) await learn(key);
}

async function place(key: string): Promise<void> {
  const { sessionId } = conversation.get();
  try {
    const { messages } = await get<Stored>(`${sessionPath(sessionId)}/messages`);
    const before = messages[messages.length - 1]?.role === 'assistant' ? messages.slice(0, -1) : messages;
    conversation.set((state) => {
      const answer = state.messages.find((m) => m.key === key);
      // Once it is stored it is in its place.
      if (!answer || answer.id !== '' || state.sessionId !== sessionId) return state;
      return { ...state, messages: [...withStored(state.messages, before).slice(0, before.length), answer] };
    });
  } catch {
    // At its end the whole conversation is read again.
  }
}

/** The ids that question and answer got, and what stands beside them. A stopped answer is stored a moment after it was stopped. */
async function learn(key: string): Promise<void> {
  for (let tries = 0; tries < 5; ++tries) {
    const { sessionId } = conversation.get();
    if (sessionId === '') return;
    try {
      const stored = await get<Stored>(`${sessionPath(sessionId)}/messages`);
      if (conversation.get().sessionId !== sessionId || conversation.get().answering) return;
      // Another tab has asked meanwhile.
      if (stored.answer_id) return show(sessionId, stored);
      conversation.set((state) => ({ ...state, messages: withStored(state.messages, stored.messages) }));
    } catch {
      // Without them the next question goes to the end of what the server has.
      return;
    }
    const answer = conversation.get().messages.find((m) => m.key === key);
    if (!answer || answer.id !== '' || answer.state === 'failed' || (answer.text === '' && answer.progress === null)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

export function newConversation(): void {
  leave();
  forgetPending();
  remember('');
  conversation.set((state) => ({ ...state, sessionId: '', messages: [], error: '', loading: false, answering: false, editing: '' }));
}

/** `messageId`: brought into view, its branch chosen where it is not the active one. */
export async function openSession(id: string, messageId = ''): Promise<void> {
  forgetPending();
  await open(id);
  if (messageId === '' || conversation.get().sessionId !== id) return;
  if (!conversation.get().messages.some((m) => m.id === messageId)) await chooseBranch(messageId);
  conversation.set((state) => ({ ...state, reveal: messageId }));
}

async function open(id: string): Promise<void> {
  leave();
  remember(id);
  conversation.set((state) => ({ ...state, sessionId: id, messages: [], error: '', loading: true, answering: false, editing: '', reveal: '' }));
  await readSession(id);
}

interface Stored {
  messages: StoredMessage[];
  answer_id?: string;
}

/** Shows what the server has of this conversation, and follows the answer that is being written in it. */
async function readSession(id: string): Promise<void> {
  try {
    show(id, await get<Stored>(`${sessionPath(id)}/messages`));
  } catch (error) {
    if (conversation.get().sessionId !== id) return;
    if (error instanceof ApiError && error.status === 404) return newConversation();
    conversation.set((state) => ({ ...state, loading: false, error: say(error) }));
  }
}

function show(id: string, { messages, answer_id }: Stored): void {
  if (conversation.get().sessionId !== id || conversation.get().answering) return;
  const live = answer_id ? newMessage('assistant', '', 'thinking') : undefined;
  conversation.set((state) => {
    const shown = withStored(state.messages, messages);
    return { ...state, messages: live ? [...shown.slice(0, messages.length), live] : shown, loading: false, error: '', answering: live !== undefined };
  });
  if (live && answer_id) void overhear(live.key, answer_id);
}

/** Shows the conversation as it went on from this message. */
export async function chooseBranch(messageId: string): Promise<void> {
  const { sessionId, answering } = conversation.get();
  if (sessionId === '' || answering) return;
  try {
    const response = await call(`${sessionPath(sessionId)}/branch`, { method: 'POST', json: { message_id: messageId } });
    show(sessionId, (await response.json()) as Stored);
    tellTabs(sessionId);
  } catch (error) {
    conversation.set((state) => ({ ...state, error: say(error) }));
  }
}

export function edit(key: string): void {
  conversation.set((state) => ({ ...state, editing: key }));
}

/** The last question of this conversation is edited; false where there is none. */
export function editLast(): boolean {
  const { messages, answering } = conversation.get();
  const last = [...messages].reverse().find((m) => m.role === 'user');
  if (!last || answering) return false;
  edit(last.key);
  return true;
}

onTabsTell((session) => {
  const { sessionId, answering } = conversation.get();
  void loadSessions();
  if (sessionId !== '' && session === sessionId && !answering) void readSession(sessionId);
});

/** Where the last visit ended. */
export function restoreSession(): void {
  const pending = readPending();
  if (pending) return void takeUp(pending);
  const id = lastSession();
  if (id) void openSession(id);
}

/** The page was loaded again before it heard from the server: the question may have come there or not. */
async function takeUp(pending: Pending): Promise<void> {
  const { answerId, question, sessionId, body } = pending;
  if (sessionId !== '') {
    await open(sessionId);
    const { messages } = conversation.get();
    const parent = body.parent_id;
    const at = parent === null ? 0 : parent === undefined ? messages.length : messages.findIndex((m) => m.id === parent) + 1;
    const arrived = messages.some((m) => m.role === 'user' && m.text === question && (parent === undefined || m.parentId === (parent ?? '')));
    if (conversation.get().answering || arrived || conversation.get().sessionId !== sessionId) return dropPending(answerId);
    conversation.set((state) => ({ ...state, messages: messages.slice(0, at) }));
  }
  const answer = newMessage('assistant', '', 'thinking');
  conversation.set((state) => ({ ...state, answering: true, messages: [...state.messages, newMessage('user', question, 'done'), answer] }));
  await hear(answer.key, answerId, async (signal) => {
    try {
      return await follow(answerId, '', signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
      return post('/api/chat', { ...body, answer_id: answerId }, signal);
    }
  });
}
