// Files on their way to the server: three at a time, with the progress of their bytes. A small one is one request; a large one is sent so
// that it can be resumed. A file the server has accepted leaves this list; the list of documents has it from then on.

import { ApiError, headers, problemOf, requestToken, say } from '../lib/api';
import { resumableFrom, ResumableUpload } from '../lib/resumable';
import { createStore } from '../lib/store';
import type { Doc } from '../lib/types';
import { documentAccepted, errorOf } from './documents';

export interface Upload {
  key: number;
  name: string;
  bytes: number;
  sent: number;
  state: 'waiting' | 'sending' | 'refused';
  error: string;
}

interface Job {
  upload: Upload;
  file: File;
  request?: XMLHttpRequest;
  resumable?: ResumableUpload;
  attempts: number;
}

const concurrent = 3;
const maxAttempts = 8;

export const uploads = createStore<{ list: Upload[]; notice: string }>({ list: [], notice: '' }, 80);

const jobs = new Map<number, Job>();
const queue: number[] = [];
let active = 0;
let nextKey = 1;

export function addFiles(files: Iterable<File>): void {
  const added: Upload[] = [];
  for (const file of files) {
    const upload: Upload = { key: nextKey++, name: file.name, bytes: file.size, sent: 0, state: 'waiting', error: '' };
    jobs.set(upload.key, { upload, file, attempts: 0 });
    queue.push(upload.key);
    added.push(upload);
  }
  if (added.length === 0) return;
  uploads.set((state) => ({ list: [...state.list, ...added], notice: '' }));
  pump();
}

export function retryUpload(key: number): void {
  const job = jobs.get(key);
  if (!job || job.upload.state !== 'refused') return;
  job.attempts = 0;
  change(job, { state: 'waiting', error: '', ...(job.resumable ? {} : { sent: 0 }) });
  queue.push(key);
  pump();
}

/** Stops sending the file, or takes a refused one off the list. */
export function dropUpload(key: number): void {
  const at = queue.indexOf(key);
  if (at >= 0) queue.splice(at, 1);
  const job = jobs.get(key);
  forget(key);
  job?.request?.abort();
  void job?.resumable?.drop();
}

export function dropRefused(): void {
  for (const upload of uploads.get().list) if (upload.state === 'refused') dropUpload(upload.key);
}

function forget(key: number): void {
  jobs.delete(key);
  uploads.set((state) => ({ ...state, list: state.list.filter((upload) => upload.key !== key) }));
}

function change(job: Job, to: Partial<Upload>): void {
  job.upload = { ...job.upload, ...to };
  const changed = job.upload;
  uploads.set((state) => ({ ...state, list: state.list.map((upload) => (upload.key === changed.key ? changed : upload)) }));
}

function pump(): void {
  while (active < concurrent && queue.length > 0) {
    const job = jobs.get(queue.shift()!);
    if (!job) continue;
    ++active;
    void (job.file.size < resumableFrom ? send(job) : sendLarge(job)).finally(() => {
      --active;
      pump();
    });
  }
}

interface Outcome {
  status: number;
  body: string;
  retryAfter: string | null;
}

function request(job: Job): Promise<Outcome> {
  return new Promise((resolve) => {
    const xhr = new XMLHttpRequest();
    job.request = xhr;
    xhr.open('POST', '/api/documents');
    for (const [name, value] of Object.entries(headers('POST'))) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = (event) => {
      if (jobs.has(job.upload.key)) change(job, { sent: Math.min(event.loaded, job.upload.bytes) });
    };
    const end = () => resolve({ status: xhr.status, body: xhr.responseText, retryAfter: xhr.status ? xhr.getResponseHeader('Retry-After') : null });
    xhr.onload = end;
    xhr.onerror = end;
    xhr.onabort = end;
    const form = new FormData();
    form.append('files', job.file, job.file.name);
    xhr.send(form);
  });
}

async function send(job: Job): Promise<void> {
  change(job, { state: 'sending' });
  for (;;) {
    const outcome = await request(job);
    if (!jobs.has(job.upload.key)) return;
    if (outcome.status >= 200 && outcome.status < 300) return accepted(job, outcome.body);
    if (outcome.status === 401 && (await requestToken())) continue;
    const overloaded = outcome.status === 429 || outcome.status === 503;
    if (overloaded && ++job.attempts < maxAttempts) {
      await pause(Math.min(Number(outcome.retryAfter) || 2 ** job.attempts, 30) * 1000);
      if (!jobs.has(job.upload.key)) return;
      continue;
    }
    const error =
      outcome.status === 0
        ? 'The connection broke while it was being sent. If the file is larger than the server allows, that is the reason.'
        : problemOf(outcome.status, outcome.body).message;
    return change(job, { state: 'refused', error });
  }
}

function accepted(job: Job, body: string): void {
  let docs: (Doc & { duplicate?: boolean })[] = [];
  try {
    docs = (JSON.parse(body) as { documents?: (Doc & { duplicate?: boolean })[] }).documents ?? [];
  } catch {
    return change(job, { state: 'refused', error: 'The server accepted the file but its answer could not be read.' });
  }
  for (const doc of docs) {
    if (typeof doc.id !== 'string') return change(job, { state: 'refused', error: errorOf({ ...doc, status: 'failed' }) });
    listed(job, doc);
  }
  forget(job.upload.key);
}

function listed(job: Job, { duplicate, ...doc }: Doc & { duplicate?: boolean }): void {
  if (duplicate) uploads.set((state) => ({ ...state, notice: `“${job.upload.name}” is already here; it was not added twice.` }));
  // A new document without a time is the newest.
  documentAccepted({ bytes: job.upload.bytes, ...(duplicate ? {} : { created_at: new Date().toISOString(), progress: 0 }), ...doc });
}

async function sendLarge(job: Job): Promise<void> {
  change(job, { state: 'sending' });
  const upload = (job.resumable ??= new ResumableUpload(job.file, {
    onProgress: (sent) => {
      if (jobs.has(job.upload.key)) change(job, { sent });
    },
  }));
  for (;;) {
    try {
      const doc = await upload.send();
      if (!jobs.has(job.upload.key)) return;
      listed(job, doc);
      return forget(job.upload.key);
    } catch (error) {
      if (!jobs.has(job.upload.key)) return;
      if (error instanceof ApiError && error.status === 401 && (await requestToken())) continue;
      return change(job, { state: 'refused', error: say(error) });
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The files of a drop, folders opened. Must be called inside the drop event: the browser empties the list right after it. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const plain = [...transfer.files];
  if (!entries.some((entry) => entry?.isDirectory)) return plain;
  const out: File[] = [];
  for (const entry of entries) if (entry) await collect(entry, out);
  return out;
}

async function collect(entry: FileSystemEntry, out: File[]): Promise<void> {
  if (entry.isFile) {
    out.push(await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)));
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return;
    for (const child of batch) await collect(child, out);
  }
}
