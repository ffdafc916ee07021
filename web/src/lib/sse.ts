// Reads a text/event-stream (WHATWG HTML, section 9.2.6) that arrives in pieces cut anywhere, also inside a UTF-8 character or
// between CR and LF. No sockets inside: bytes go in, events come out.

export interface SseEvent {
  event: string;
  data: string;
  id: string;
}

export class SseParser {
  private readonly decoder = new TextDecoder();
  private rest = '';
  private skipLineFeed = false;
  private atStart = true;
  private event = '';
  private data: string[] = [];
  private lastId = '';
  /** Milliseconds the server asked to wait before connecting again, if it did. */
  retry: number | undefined;

  get lastEventId(): string {
    return this.lastId;
  }

  /** The events completed by these bytes. An unfinished event waits for the next call; at the end of the stream it is dropped. */
  push(bytes: Uint8Array): SseEvent[] {
    let text = this.decoder.decode(bytes, { stream: true });
    if (text === '') return [];
    if (this.atStart) {
      this.atStart = false;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    if (this.skipLineFeed) {
      this.skipLineFeed = false;
      if (text.startsWith('\n')) text = text.slice(1);
    }
    const events: SseEvent[] = [];
    let from = 0;
    for (let at = 0; at < text.length; ++at) {
      const c = text.charCodeAt(at);
      if (c !== 10 && c !== 13) continue;
      const line = this.rest + text.slice(from, at);
      this.rest = '';
      if (c === 13) {
        if (at + 1 === text.length) this.skipLineFeed = true;
        else if (text.charCodeAt(at + 1) === 10) ++at;
      }
      from = at + 1;
      const done = this.line(line);
      if (done) events.push(done);
    }
    this.rest += text.slice(from);
    return events;
  }

  private line(line: string): SseEvent | undefined {
    if (line === '') {
      const ready = this.data.length > 0;
      const out = { event: this.event || 'message', data: this.data.join('\n'), id: this.lastId };
      this.event = '';
      this.data = [];
      return ready ? out : undefined;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return undefined;
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value.startsWith(' ')) value = value.slice(1);
    if (field === 'data') this.data.push(value);
    else if (field === 'event') this.event = value;
    else if (field === 'id' && !value.includes('\0')) this.lastId = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.retry = Number(value);
    return undefined;
  }
}

/** Calls `on` for every event of a response body until it ends. `alive` is called for every piece, heartbeats too. */
export async function readSse(
  body: ReadableStream<Uint8Array>,
  parser: SseParser,
  on: (event: SseEvent) => void,
  alive: () => void = () => undefined,
): Promise<void> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      for (const event of parser.push(value)) on(event);
    }
  } finally {
    // A handler that throws must not leave the connection open.
    reader.cancel().catch(() => undefined);
  }
}
