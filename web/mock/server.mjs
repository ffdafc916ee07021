// A stand-in for `docmind serve` while the page is being worked on: the HTTP interface with made-up documents and answers, and the
// delays of the real thing. Nothing here is part of the program.
//
//   npm run build && npm run mock -- [--port 8080] [--documents 7] [--token SECRET] [--loading SECONDS] [--no-llm] [--external-llm] [--pace 1]
//
// Questions that contain "hostile", "slow", "fail" or "nothing" get such answers.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { Conversations } from './conversations.mjs';
import { Library } from './library.mjs';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '8080' },
    documents: { type: 'string', default: '0' },
    token: { type: 'string', default: '' },
    loading: { type: 'string', default: '0' },
    'no-llm': { type: 'boolean', default: false },
    'external-llm': { type: 'boolean', default: false },
    pace: { type: 'string', default: '1' },
  },
});

const begun = Date.now();
const pace = Number(options.pace);
const library = new Library(pace);
library.seed(Number(options.documents));
const conversations = new Conversations(library, pace, options['no-llm']);

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

function send(response, status, body, type = 'application/json') {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(type === 'application/json' ? JSON.stringify(body) : body);
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': bytes.length, 'Content-Security-Policy': policy, 'X-Request-Id': 'mock' });
  response.end(bytes);
}

function problem(response, status, code, detail) {
  const body = { type: 'about:blank', title: code, status, detail, code, request_id: 'mock' };
  send(response, status, Buffer.from(JSON.stringify(body)), 'application/problem+json');
}

function stream(response) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const heartbeat = setInterval(() => response.write(': beat\n\n'), 15_000);
  response.on('close', () => clearInterval(heartbeat));
  return (event, data, id) => response.write(`${id ? `id: ${id}\n` : ''}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

async function bytesOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

function ready(response) {
  const loading = Date.now() - begun < Number(options.loading) * 1000;
  const wait = { ok: false, detail: 'Loading the model.' };
  const llm = options['no-llm'] ? { ok: false, detail: 'http://localhost:11434/v1 cannot be reached: connection refused.' } : loading ? wait : { ok: true, detail: 'SmolLM2-135M-Instruct' };
  const parts = { store: { ok: true, detail: '' }, embedding: loading ? wait : { ok: true, detail: '' }, reranker: loading ? wait : { ok: true, detail: '' }, llm };
  const ok = parts.embedding.ok && parts.llm.ok;
  send(response, ok ? 200 : 503, { status: ok ? 'ready' : 'not ready', parts });
}

async function documents(request, response, [id, part, page], url) {
  const change = request.method !== 'GET';
  if (!id && change) return send(response, 202, { documents: library.upload(await bytesOf(request), request.headers['content-type'] ?? '') });
  if (!id) return send(response, 200, { documents: library.list(), next_cursor: null });
  const doc = library.get(id);
  if (!doc) return problem(response, 404, 'not_found', 'There is no such document.');
  if (request.method === 'DELETE') {
    library.remove(id);
    return send(response, 204, '', 'text/plain');
  }
  if (part === 'reprocess') return send(response, 202, library.process(doc));
  if ((part === 'pause' || part === 'resume') && !['queued', 'processing'].includes(doc.status)) {
    return problem(response, 409, 'conflict', `This document is not being processed, so there is nothing to ${part}.`);
  }
  if (part === 'pause' || part === 'resume') return send(response, 200, library.pause(doc, part === 'pause'));
  if (part === 'cancel') return send(response, 200, library.cancel(doc));
  if (part === 'content') return send(response, 200, Buffer.from(library.textOf(doc, 1)), 'application/octet-stream');
  if (part === 'pages') return send(response, 200, library.page(doc, Number(page)));
  send(response, 200, library.described(doc));
  return url;
}

async function sessions(request, response, [id, part]) {
  if (!id) return send(response, 200, { sessions: conversations.list() });
  const session = conversations.get(id);
  if (!session) return problem(response, 404, 'not_found', 'There is no such conversation.');
  if (request.method === 'DELETE') {
    conversations.remove(id);
    return send(response, 204, '', 'text/plain');
  }
  if (request.method === 'PATCH') session.title = JSON.parse(await bytesOf(request)).title;
  if (part === 'messages') return send(response, 200, { messages: session.messages });
  if (part === 'export') return send(response, 200, conversations.markdown(session), 'text/markdown');
  if (part === 'regenerate') {
    const question = conversations.dropLast(session);
    return conversations.answer({ message: question, session_id: id }, stream(response), response);
  }
  return send(response, 200, conversations.described(session));
}

async function api(request, response, path, url) {
  const [, , area, ...rest] = path.split('/').map(decodeURIComponent);
  if (options.token && request.headers.authorization !== `Bearer ${options.token}`) {
    return problem(response, 401, 'unauthorized', 'This DocMind asks for a token.');
  }
  if (request.method !== 'GET' && request.headers['x-docmind'] !== '1') return problem(response, 403, 'forbidden', 'X-DocMind: 1 is missing.');
  switch (area) {
    case 'health': return send(response, 200, { status: 'ok' });
    case 'ready': return ready(response);
    case 'models': {
      const outside = options['external-llm'];
      const model = outside ? 'qwen2.5:7b' : 'SmolLM2-135M-Instruct';
      return send(response, 200, { models: [model], model, base_url: outside ? 'http://localhost:11434/v1' : 'built-in' });
    }
    case 'events': return library.subscribe(stream(response), request.headers['last-event-id'], response);
    case 'documents': return documents(request, response, rest, url);
    case 'ingestion':
      if (rest[0]) library.paused = rest[0] === 'pause';
      return send(response, 200, library.overview());
    case 'sessions': return sessions(request, response, rest);
    case 'chat': return conversations.answer(JSON.parse(await bytesOf(request)), stream(response), response);
    default: return problem(response, 404, 'not_found', 'There is no such address.');
  }
}

const types = { '/index.html': 'text/html; charset=utf-8', '/app.js': 'text/javascript; charset=utf-8', '/app.css': 'text/css; charset=utf-8' };

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  const path = url.pathname === '/' ? '/index.html' : url.pathname;
  const work = path.startsWith('/api/')
    ? api(request, response, path, url)
    : types[path]
      ? readFile(new URL(`../dist${path}`, import.meta.url)).then((bytes) => send(response, 200, bytes, types[path]))
      : Promise.resolve(problem(response, 404, 'not_found', 'There is no such file.'));
  work?.catch?.((error) => problem(response, 500, 'internal', String(error)));
});
server.listen(Number(options.port), '127.0.0.1', () => console.log(`Mock of DocMind: http://127.0.0.1:${server.address().port}`));
