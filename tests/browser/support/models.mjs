// Model servers that do what a test tells them: the scripted one of the black-box tests, and one that says given words.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { root } from './docmind.mjs';
import { until } from './until.mjs';

// These models call no tools: trying whether they do would only have them speak three times more.
const environment = (url) => ({ DOCMIND__LLM__ENABLED: 'true', DOCMIND__LLM__BASE_URL: `${url}/v1`, DOCMIND__AGENT__MODE: 'context' });

/** tests/e2e/scripted_llm_server.py: slow, broken, hanging up, by the name of a script. */
export class ScriptedModel {
  constructor(options = []) {
    this.options = options;
  }

  async start() {
    const script = join(root, 'tests/e2e/scripted_llm_server.py');
    this.process = spawn('/usr/bin/python3', [script, '--port', '0', ...this.options]);
    let output = '';
    this.process.stdout.on('data', (piece) => (output += piece));
    this.process.stderr.on('data', (piece) => (output += piece));
    this.url = await until(() => /http:\/\/[\d.:]+/.exec(output)?.[0], 'the scripted model server to listen');
    this.env = environment(this.url);
    return this;
  }

  /** `settings`: default, next, pace, tokens. */
  async script(settings) {
    const answer = await fetch(`${this.url}/script`, { method: 'POST', body: JSON.stringify(settings) });
    if (!answer.ok) throw new Error(await answer.text());
  }

  async log() {
    return (await (await fetch(`${this.url}/log`)).json()).events;
  }

  async close() {
    this.process.kill('SIGKILL');
    await once(this.process, 'exit');
  }
}

/** Says `text` in pieces of `size` characters, `pace` milliseconds apart. */
export class SpeakingModel {
  constructor(text) {
    Object.assign(this, { text, size: 5, pace: 8 });
  }

  async start() {
    this.server = createServer((request, response) => void this.answer(request, response));
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.env = environment(`http://127.0.0.1:${this.server.address().port}`);
    return this;
  }

  async answer(request, response) {
    if (request.url.endsWith('/models')) {
      response.setHeader('Content-Type', 'application/json');
      return response.end(JSON.stringify({ object: 'list', data: [{ id: 'speaking', object: 'model' }] }));
    }
    if (request.method !== 'POST') return response.writeHead(404).end();
    let body = '';
    for await (const piece of request) body += piece;
    const asked = JSON.parse(body).messages.at(-1).content;
    // A follow-up is first to be worded as a question of its own.
    const rewriting = /New message: (.*)\n/.exec(asked);
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const send = (delta, reason = null) => response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`);
    const text = rewriting ? rewriting[1] : this.text;
    for (let at = 0; at < text.length && !response.destroyed; at += this.size) {
      send({ content: text.slice(at, at + this.size) });
      await new Promise((resolve) => setTimeout(resolve, this.pace));
    }
    send({}, 'stop');
    response.end('data: [DONE]\n\n');
    return undefined;
  }

  async close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
