// What the page shows of the conversation, and the two ways it is changed.

import { createStore } from '../lib/store';
import type { Message } from './messages';

export interface ConversationState {
  sessionId: string;
  messages: Message[];
  answering: boolean;
  loading: boolean;
  error: string;
  /** The key of the question that is being edited. */
  editing: string;
  /** The id of the message that is to be brought into view. */
  reveal: string;
}

const sessionKey = 'docmind.session';

export const conversation = createStore<ConversationState>({
  sessionId: '',
  messages: [],
  answering: false,
  loading: false,
  error: '',
  editing: '',
  reveal: '',
});

export function remember(sessionId: string): void {
  if (sessionId) localStorage.setItem(sessionKey, sessionId);
  else localStorage.removeItem(sessionKey);
}

/** Of the message that the page shows under this key. */
export function change(key: string, how: (message: Message) => Message): void {
  conversation.set((state) => ({ ...state, messages: state.messages.map((m) => (m.key === key ? how(m) : m)) }));
}

/** Where the last visit ended; null: nowhere. */
export function lastSession(): string | null {
  return localStorage.getItem(sessionKey);
}
