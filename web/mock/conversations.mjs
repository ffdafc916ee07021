// Made-up answers with the events of the real ones, kept in conversations.

import { setTimeout as sleep } from 'node:timers/promises';
import { answers, quotes } from './texts.mjs';

export class Conversations {
  constructor(library, pace, withoutModel) {
    Object.assign(this, { library, pace, withoutModel, sessions: new Map(), next: 1 });
  }

  described({ messages, ...session }) {
    return { ...session, messages: messages.length };
  }
  list() {
    return [...this.sessions.values()].sort((a, b) => b.updated_at.localeCompare(a.updated_at)).map((s) => this.described(s));
  }
  get(id) {
    return this.sessions.get(id);
  }
  remove(id) {
    this.sessions.delete(id);
  }
  markdown(session) {
    return session.messages.map((m) => `## ${m.role}\n\n${m.content}\n`).join('\n');
  }
  dropLast(session) {
    const at = session.messages.findLastIndex((m) => m.role === 'user');
    return session.messages.splice(at)[0].content;
  }

  open(id, message) {
    const known = this.sessions.get(id);
    if (known) return known;
    const now = new Date().toISOString();
    const session = { id: `s${this.next++}`, title: message.slice(0, 60), created_at: now, updated_at: now, messages: [] };
    this.sessions.set(session.id, session);
    return session;
  }

  keep(session, role, content, more = {}) {
    const now = new Date().toISOString();
    session.updated_at = now;
    session.messages.push({ id: `m${this.next++}`, role, content, citations: [], stopped: false, created_at: now, ...more });
  }

  async answer({ message, session_id }, write, response) {
    const begun = Date.now();
    let gone = false;
    response.on('close', () => (gone = true));
    const pause = (ms) => sleep(ms * this.pace);
    const session = this.open(session_id, message);
    write('session', { session_id: session.id });
    this.keep(session, 'user', message);
    await pause(120);
    write('step', { kind: 'query', text: message });
    await pause(350);
    const docs = [...this.library.documents.values()].filter((d) => d.status === 'ready');
    const kind = ['slow', 'hostile', 'nothing', 'fail'].find((word) => message.includes(word)) ?? 'plain';
    const place = (i) => ({ document_id: docs[i % docs.length].id, name: docs[i % docs.length].name, page: [2, 1, 3][i], node_id: `n${i}` });
    const found = docs.length === 0 ? [] : quotes.map((quote, i) => ({ n: i + 1, ...place(i), text: quote, score: 0.9 - i / 10 }));
    write('sources', { sources: found });
    await pause(900);
    if (kind === 'fail') {
      write('error', { title: 'The model server failed', status: 502, detail: 'The model server ended the answer early.', code: 'backend', request_id: 'mock' });
      return response.end();
    }
    let text = docs.length === 0 ? 'The documents do not say anything about this: no passage was found.' : answers[kind] ?? answers.plain;
    if (this.withoutModel && found.length > 0) {
      text = `The language model cannot be used now, so these are the passages that fit the question best:\n\n${found.map((f) => `> ${f.text} [${f.n}]`).join('\n\n')}`;
    }
    let shown = '';
    while (shown.length < text.length && !gone) {
      const piece = text.slice(shown.length, shown.length + 3 + Math.floor(Math.random() * 4));
      shown += piece;
      write('token', { text: piece });
      await pause(30);
    }
    const cited = found.filter((f) => shown.includes(`[${f.n}]`)).map(({ text: quote, score, ...rest }) => ({ ...rest, quote }));
    this.keep(session, 'assistant', shown, { citations: cited, stopped: gone });
    if (gone) return undefined;
    const total = Date.now() - begun;
    write('done', {
      answer: text, citations: cited, usage: { prompt_tokens: 900, completion_tokens: 120 }, degraded: this.withoutModel, found: kind !== 'nothing' && found.length > 0,
      notes: this.withoutModel ? ['The language model cannot be reached. The passages are quoted instead; docmind doctor says what to do.'] : [], session_id: session.id,
      timings_ms: { embed: 14.2, dense: 3.1, sparse: 5.6, fuse: 0.2, rerank: 212, first_token: 640, total },
    });
    return response.end();
  }
}
