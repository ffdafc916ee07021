// A question that was sent and whose conversation is not known yet. It outlives the page, so that one that is loaded again at this moment
// still finds its answer: under the id that the page itself gave to it.

export interface Pending {
  answerId: string;
  question: string;
  /** Empty: it begins a conversation. */
  sessionId: string;
  /** What is sent to /api/chat. */
  body: Record<string, unknown>;
}

const key = 'docmind.pending';

export function newAnswerId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function keepPending(pending: Pending): void {
  sessionStorage.setItem(key, JSON.stringify(pending));
}

export function dropPending(answerId: string): void {
  if (readPending()?.answerId === answerId) sessionStorage.removeItem(key);
}

export function forgetPending(): void {
  sessionStorage.removeItem(key);
}

export function readPending(): Pending | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? 'null') as Partial<Pending> | null;
    if (kept && typeof kept.answerId === 'string' && typeof kept.question === 'string' && typeof kept.sessionId === 'string' && kept.body) return kept as Pending;
  } catch {
    // Not ours: nothing is waiting.
  }
  return null;
}
