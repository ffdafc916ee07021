// The real program as a process with its own data folder, and its HTTP interface.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './until.mjs';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
const program = process.env.DOCMIND_BIN ?? join(root, 'build/bin/docmind');

export class Docmind {
  /** `env` is added to this process's environment. Without one that says otherwise there is no language model. */
  constructor(env = {}) {
    this.env = { DOCMIND__LLM__ENABLED: 'false', ...env };
    this.output = '';
    this.listen = '127.0.0.1:0';
  }

  async start() {
    if (!existsSync(program)) throw new Error(`${program} is missing: run \`make build\` first`);
    this.data ??= await mkdtemp(join(tmpdir(), 'docmind-browser-'));
    this.process = spawn(program, ['serve', '--data', this.data, '--listen', this.listen], { env: { ...process.env, ...this.env } });
    this.ended = once(this.process, 'exit');
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', (piece) => (this.output += piece));
    const from = this.output.length;
    const said = () => /http:\/\/127\.0\.0\.1:\d+/.exec(this.output.slice(from))?.[0];
    this.url = await until(said, `the server's address in:\n${this.output}`);
    // A second start listens where the first did: an open page looks for it there.
    this.listen = new URL(this.url).host;
    await until(() => this.modelsLoaded(), 'the models to load', 60_000);
    return this;
  }

  async modelsLoaded() {
    const { parts } = await (await fetch(`${this.url}/api/ready`)).json();
    return ['store', 'embedding', 'reranker'].every((name) => parts[name].ok);
  }

  /** SIGTERM; the exit code. */
  async stop() {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGTERM');
    const [code] = await this.ended;
    return code;
  }

  /** kill -9. */
  async kill() {
    this.process.kill('SIGKILL');
    await this.ended;
  }

  /** Stops and forgets everything. */
  async remove() {
    await this.kill();
    await rm(this.data, { recursive: true, force: true });
  }

  async get(path) {
    const answer = await fetch(this.url + path);
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async documents() {
    return (await this.get('/api/documents?limit=200')).documents;
  }

  async upload(name, content) {
    const form = new FormData();
    form.append('files', new Blob([content]), name);
    const answer = await fetch(`${this.url}/api/documents`, { method: 'POST', body: form, headers: { 'X-DocMind': '1' } });
    if (answer.status !== 202) throw new Error(`upload of ${name}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()).documents[0];
  }

  /** Uploads and waits until it can be asked about; the document. */
  async add(name, content) {
    const { id } = await this.upload(name, content);
    return until(async () => {
      const document = await this.get(`/api/documents/${id}`);
      if (document.status === 'failed') throw new Error(`${name} failed: ${document.error}`);
      return document.status === 'ready' && document;
    }, `${name} to be ready`, 120_000);
  }
}
