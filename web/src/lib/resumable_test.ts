import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { HttpRequest, HttpResponse, HttpStack } from 'tus-js-client';
import { ResumableUpload } from './resumable';

/** A tus server in memory. `cut`: the bytes of each next PATCH that get through before its connection breaks; none left = all. */
class FakeServer implements HttpStack {
  uploads = new Map<string, { length: number; data: Uint8Array[]; metadata: string }>();
  log: string[] = [];
  cut: number[] = [];
  refuse: [string, number, string][] = [];

  getName = () => 'fake';
  createRequest(method: string, url: string): HttpRequest {
    const sent = new Map<string, string>();
    let progress = (_: number) => {};
    return {
      getMethod: () => method,
      getURL: () => url,
      setHeader: (name, value) => void sent.set(name.toLowerCase(), value),
      getHeader: (name) => sent.get(name.toLowerCase()),
      setProgressHandler: (handler) => (progress = handler),
      abort: async () => {},
      getUnderlyingObject: () => undefined,
      send: (body: Blob | null) => this.answer(method, url, sent, body, progress),
    };
  }

  received(url: string): Uint8Array {
    return new Uint8Array(this.uploads.get(url)!.data.flatMap((part) => [...part]));
  }

  private async answer(method: string, url: string, sent: Map<string, string>, body: Blob | null, progress: (n: number) => void): Promise<HttpResponse> {
    const path = new URL(url, 'http://localhost').pathname;
    this.log.push(`${method} ${path} ${sent.get('upload-offset') ?? ''}`.trim());
    expect(sent.get('tus-resumable')).toBe('1.0.0');
    expect(sent.get('x-docmind')).toBe('1');
    const next = this.refuse[0];
    if (next && next[0] === method) {
      this.refuse.shift();
      return response(next[1], {}, next[2]);
    }
    if (method === 'POST') {
      const at = `/api/uploads/u${this.uploads.size + 1}`;
      this.uploads.set(at, { length: Number(sent.get('upload-length')), data: [], metadata: sent.get('upload-metadata') ?? '' });
      return response(201, { Location: at });
    }
    const upload = this.uploads.get(path);
    if (!upload) return response(404, {});
    if (method === 'DELETE') {
      this.uploads.delete(path);
      return response(204, {});
    }
    const offset = this.received(path).length;
    if (method === 'HEAD') return response(200, { 'Upload-Offset': `${offset}`, 'Upload-Length': `${upload.length}` });
    if (Number(sent.get('upload-offset')) !== offset) return response(409, {});
    const bytes = await bytesOf(body!);
    const cut = this.cut.shift();
    upload.data.push(bytes.slice(0, cut));
    progress(Math.min(cut ?? bytes.length, bytes.length));
    if (cut !== undefined) throw new Error('connection reset');
    return response(204, { 'Upload-Offset': `${offset + bytes.length}` });
  }
}

function response(status: number, headers: Record<string, string>, body = ''): HttpResponse {
  return { getStatus: () => status, getHeader: (name) => headers[name], getBody: () => body, getUnderlyingObject: () => undefined };
}

function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(new Uint8Array(reader.result as ArrayBuffer));
    reader.readAsArrayBuffer(blob);
  });
}

const content = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) % 251);
const file = () => new File([content], 'größe.pdf', { type: 'application/pdf', lastModified: 5 });
const retryDelays = [0, 0, 0];

let server: FakeServer;
let progress: number[];
const upload = (delays = retryDelays) => new ResumableUpload(file(), { httpStack: server, retryDelays: delays, onProgress: (sent) => progress.push(sent) });

beforeEach(() => {
  localStorage.clear();
  server = new FakeServer();
  progress = [];
  vi.stubGlobal('fetch', async (path: string) => {
    if (path === '/api/documents/d1') return new Response(JSON.stringify({ id: 'd1', name: 'größe.pdf', status: 'queued' }));
    const url = new URL(path, 'http://localhost').pathname;
    const complete = server.uploads.has(url) && server.received(url).length === content.length;
    return new Response(JSON.stringify({ document: complete ? 'd1' : null, duplicate: false, error: null, error_code: null }));
  });
});
afterEach(() => vi.unstubAllGlobals());

describe('ResumableUpload', () => {
  test('sends the file and learns the document', async () => {
    expect(await upload().send()).toEqual({ id: 'd1', name: 'größe.pdf', status: 'queued', duplicate: false });
    expect(server.received('/api/uploads/u1')).toEqual(content);
    expect(server.uploads.get('/api/uploads/u1')!.metadata).toContain(`filename ${btoa(unescape(encodeURIComponent('größe.pdf')))}`);
    expect(progress.at(-1)).toBe(1000);
  });

  test('goes on where the connection broke, sending no byte twice', async () => {
    server.cut = [300, 400];
    await upload().send();
    expect(server.log).toEqual(['POST /api/uploads', 'PATCH /api/uploads/u1 0', 'HEAD /api/uploads/u1', 'PATCH /api/uploads/u1 300', 'HEAD /api/uploads/u1', 'PATCH /api/uploads/u1 700']);
    expect(server.received('/api/uploads/u1')).toEqual(content);
  });

  test('waits for what may pass: a busy server, an older connection', async () => {
    server.refuse = [['POST', 429, ''], ['PATCH', 423, ''], ['PATCH', 503, '']];
    await upload().send();
    expect(server.received('/api/uploads/u1')).toEqual(content);
  });

  test('says what the server says, and goes on when asked again', async () => {
    server.cut = [300];
    server.refuse = [];
    const sending = upload([]);
    await expect(sending.send()).rejects.toMatchObject({ code: 'unreachable' });
    server.refuse = [['PATCH', 507, JSON.stringify({ detail: 'No space left.', code: 'storage_full' })]];
    await expect(sending.send()).rejects.toMatchObject({ message: 'No space left.', status: 507 });
    await sending.send();
    expect(server.log.filter((line) => line.startsWith('POST'))).toHaveLength(1);
    expect(server.log.at(-1)).toBe('PATCH /api/uploads/u1 300');
    expect(server.received('/api/uploads/u1')).toEqual(content);
  });

  test('the same file chosen again in a page that was loaded anew goes on', async () => {
    server.cut = [600];
    await expect(upload([]).send()).rejects.toBeTruthy();
    await upload().send();
    expect(server.log.at(-1)).toBe('PATCH /api/uploads/u1 600');
    expect(server.uploads.size).toBe(1);
    // Once it is there nothing of it is kept: the next time it is a new upload.
    await upload().send();
    expect(server.uploads.size).toBe(2);
  });

  test('begins anew where the server has forgotten it', async () => {
    server.cut = [600];
    await expect(upload([]).send()).rejects.toBeTruthy();
    server.uploads.clear();
    await upload().send();
    expect(server.received('/api/uploads/u1')).toEqual(content);
  });

  test('a dropped upload is removed from the server', async () => {
    server.cut = [600];
    const sending = upload([]);
    await expect(sending.send()).rejects.toBeTruthy();
    await sending.drop();
    expect(server.log.at(-1)).toBe('DELETE /api/uploads/u1');
    expect(server.uploads.size).toBe(0);
  });
});
