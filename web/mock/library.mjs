// Made-up documents that pass through the stages of ingestion, and the events that tell of it.

import { pageTexts } from './texts.mjs';

const stages = ['parsing', 'splitting', 'embedding', 'indexing'];
const samples = [
  ['R-data.pdf', 37, 291_000],
  ['R-intro.pdf', 105, 545_000],
  ['R-lang.pdf', 60, 372_000],
  ['R-admin.pdf', 83, 480_000],
  ['R-exts.pdf', 230, 1_310_000],
  ['R-ints.pdf', 72, 430_000],
  ['R-FAQ.pdf', 52, 305_000],
];

export class Library {
  constructor(pace) {
    this.pace = pace;
    this.documents = new Map();
    this.listeners = new Set();
    this.log = [];
    this.next = 1;
    this.paused = false;
  }

  seed(count) {
    for (let i = 0; i < count; ++i) {
      const [name, pages, bytes] = samples[i % samples.length];
      this.add({ name: i < samples.length ? name : `copy ${i} of ${name}`, bytes, pages, nodes: pages * 4, status: 'ready', stage: 'done', progress: 1 });
    }
  }

  add(members) {
    const doc = {
      id: `d${this.next++}`, name: '', media_type: 'application/pdf', bytes: 0, sha256: '', status: 'queued', stage: 'stored', progress: 0, pages: 0, nodes: 0, paused: false, priority: 0, metadata: {},
      error: null, error_code: null, created_at: new Date(Date.now() - 1000 * (100 - this.next)).toISOString(), ...members,
    };
    this.documents.set(doc.id, doc);
    return doc;
  }

  described(doc) {
    const { content, run, ...shown } = doc;
    return shown;
  }
  list() {
    return [...this.documents.values()].reverse().map((doc) => this.described(doc));
  }
  get(id) {
    return this.documents.get(id);
  }

  tell(event, data) {
    const entry = { id: this.log.length + 1, event, data };
    this.log.push(entry);
    for (const listener of this.listeners) listener(event, data, entry.id);
  }

  subscribe(write, lastId, response) {
    write('system', { type: 'hello' });
    for (const entry of this.log.slice(lastId ? Number(lastId) : this.log.length)) write(entry.event, entry.data, entry.id);
    this.listeners.add(write);
    response.on('close', () => this.listeners.delete(write));
  }

  upload(body, contentType) {
    const boundary = /boundary=(.+)$/.exec(contentType)?.[1];
    const out = [];
    for (const part of body.toString('latin1').split(`--${boundary}`)) {
      const name = /filename="((?:[^"\\]|\\.)*)"/.exec(part)?.[1];
      if (name === undefined) continue;
      const content = Buffer.from(part.slice(part.indexOf('\r\n\r\n') + 4, -2), 'latin1');
      const doc = this.add({ name: Buffer.from(name, 'latin1').toString('utf8').replaceAll('%22', '"'), bytes: content.length, content, created_at: new Date().toISOString() });
      this.process(doc);
      out.push({ id: doc.id, name: doc.name, status: doc.status, job_id: doc.id, duplicate: false });
    }
    return out;
  }

  /** Takes the document through the stages; a later run or a cancel ends this one. */
  process(doc) {
    const run = (doc.run = {});
    const known = samples.find(([name]) => name === doc.name);
    Object.assign(doc, { status: 'queued', stage: 'stored', progress: 0, paused: false, error: null, error_code: null });
    this.tell('document', this.described(doc));
    const steps = 30;
    const step = (i) => {
      if (doc.run !== run || !this.documents.has(doc.id)) return;
      if (this.paused || doc.paused) {
        if (doc.status === 'processing') this.tell('document', this.described(Object.assign(doc, { status: 'queued' })));
        return void setTimeout(() => step(i), 200);
      }
      if (doc.content && doc.content.length === 0) Object.assign(doc, { status: 'failed', error: 'The file is empty.', error_code: 'empty_document' });
      else if (doc.content && doc.content.subarray(0, 4).toString('latin1') === '\x7fELF') {
        Object.assign(doc, { status: 'failed', error: 'This type of file cannot be read: DocMind reads PDF, Markdown, HTML and plain text.', error_code: 'unsupported' });
      } else if (i >= steps) Object.assign(doc, { status: 'ready', stage: 'done', progress: 1, nodes: doc.pages * 4 });
      else {
        doc.pages = known ? known[1] : 3;
        Object.assign(doc, { status: 'processing', stage: stages[Math.min(3, Math.floor((i / steps) * 4))], progress: i / steps });
      }
      this.tell('document', this.described(doc));
      if (doc.status === 'processing') setTimeout(() => step(i + 1), (150 + Math.random() * 200) * this.pace);
    };
    setTimeout(() => step(0), (200 + Math.random() * 900) * this.pace);
    return this.described(doc);
  }

  cancel(doc) {
    doc.run = undefined;
    Object.assign(doc, { status: 'cancelled', paused: false });
    this.tell('document', this.described(doc));
    return this.described(doc);
  }

  pause(doc, paused) {
    Object.assign(doc, { paused, status: 'queued' });
    this.tell('document', this.described(doc));
    return this.described(doc);
  }

  overview() {
    const all = [...this.documents.values()];
    const documents = { queued: 0, paused: 0, processing: 0, ready: 0, failed: 0, cancelled: 0 };
    for (const doc of all) ++documents[doc.paused ? 'paused' : doc.status];
    const left = all.filter((doc) => doc.status === 'queued' || doc.status === 'processing');
    const undone = left.reduce((sum, doc) => sum + 1 - doc.progress, 0);
    const stagesNow = Object.fromEntries(stages.map((stage) => [stage, left.filter((doc) => doc.status === 'processing' && doc.stage === stage).length]));
    return {
      paused: this.paused, progress: left.length ? 1 - undone / left.length : 1, eta_seconds: this.paused ? null : undone * 8 * this.pace,
      passages_per_second: null, bytes_waiting: left.reduce((sum, doc) => sum + doc.bytes, 0), documents, stages: stagesNow,
    };
  }

  remove(id) {
    this.documents.delete(id);
    this.tell('removed', { id });
  }

  textOf(doc, page) {
    return doc.media_type === 'text/plain' && doc.content ? doc.content.toString('utf8') : pageTexts[(page - 1) % pageTexts.length];
  }

  /** The page's text and its words laid out in lines, as the reader of PDFs gives them: offsets count bytes of UTF-8. */
  page(doc, number) {
    const text = this.textOf(doc, number);
    const words = [];
    let x = 72;
    let y = 72;
    for (const match of text.matchAll(/\n|[^\s]+/g)) {
      if (match[0] === '\n') {
        x = 72;
        y += 14;
        continue;
      }
      const begin = Buffer.byteLength(text.slice(0, match.index));
      const width = match[0].length * 5.2;
      words.push([begin, begin + Buffer.byteLength(match[0]), x, y, x + width, y + 11]);
      x += width + 4;
    }
    return { document_id: doc.id, page: number, pages: doc.pages || 1, text, width: 612, height: 792, words };
  }
}
