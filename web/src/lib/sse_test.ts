import { describe, expect, test } from 'vitest';
import { SseEvent, SseParser, readSse } from './sse';

const bytes = (text: string) => new TextEncoder().encode(text);

function parse(text: string, step: number): SseEvent[] {
  const parser = new SseParser();
  const all = bytes(text);
  const out: SseEvent[] = [];
  for (let at = 0; at < all.length; at += step) out.push(...parser.push(all.slice(at, at + step)));
  return out;
}

describe('SseParser', () => {
  const stream = '\uFEFF: hello\n\nevent: token\ndata: {"text":"größe 🎈"}\nid: 7\n\nevent: done\r\ndata: a\r\ndata: b\r\n\r\ndata:x\r\rdata\n\n';
  const expected = [
    { event: 'token', data: '{"text":"größe 🎈"}', id: '7' },
    { event: 'done', data: 'a\nb', id: '7' },
    { event: 'message', data: 'x', id: '7' },
    { event: 'message', data: '', id: '7' },
  ];
  for (const step of [1, 2, 3, 5, 7, 1000]) {
    test(`gives the same events when the bytes come ${step} at a time`, () => {
      expect(parse(stream, step)).toEqual(expected);
    });
  }

  test('ignores comments, unknown fields and events without data', () => {
    expect(parse(': beat\n\nevent: nothing\n\nfoo: bar\ndata: 1\n\n', 4)).toEqual([{ event: 'message', data: '1', id: '' }]);
  });

  test('drops an event that the end of the stream cut off', () => {
    expect(parse('data: whole\n\ndata: half', 3)).toEqual([{ event: 'message', data: 'whole', id: '' }]);
  });

  test('removes only one space after the colon', () => {
    expect(parse('data:  two\n\n', 50)[0]?.data).toBe(' two');
  });

  test('keeps the retry time only when it is a number', () => {
    const parser = new SseParser();
    parser.push(bytes('retry: soon\nretry: 1500\n'));
    expect(parser.retry).toBe(1500);
  });

  test('reads a body to its end and reports every piece as a sign of life', async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of [': beat\n\n', 'data: 1\n', '\ndata: 2\n\n']) controller.enqueue(bytes(piece));
        controller.close();
      },
    });
    const seen: string[] = [];
    let pieces = 0;
    await readSse(body, new SseParser(), (e) => seen.push(e.data), () => ++pieces);
    expect(seen).toEqual(['1', '2']);
    expect(pieces).toBe(3);
  });
});
