// Keeps a GET event stream open for as long as the page lives: reads it with fetch (so that a token can be sent), resumes with
// Last-Event-ID, waits longer after every failure, and treats silence past the heartbeat as a broken connection.

import { call } from './api';
import { SseParser, readSse, type SseEvent } from './sse';

export interface LiveOptions {
  path: string;
  onEvent(event: SseEvent): void;
  /** After every connection; `resumed` says whether the server was asked to continue from an earlier event. */
  onOpen(resumed: boolean): void;
  onLost(): void;
  silenceLimit?: number;
}

export class LiveStream {
  private lastId = '';
  private failures = 0;
  private stopped = false;
  private current: AbortController | undefined;
  private wake: (() => void) | undefined;

  constructor(private readonly options: LiveOptions) {}

  start(): void {
    void this.run();
  }

  stop(): void {
    this.stopped = true;
    this.current?.abort();
    this.wake?.();
  }

  /** Ends the pause before the next attempt. */
  tryNow(): void {
    this.wake?.();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const parser = new SseParser();
      try {
        await this.connect(parser);
      } catch {
        // Every reason to lose the stream has the same answer: wait, then connect again.
      }
      if (parser.lastEventId) this.lastId = parser.lastEventId;
      if (this.stopped) return;
      this.options.onLost();
      const pause = Math.min(parser.retry ?? 500 * 2 ** this.failures, 10_000);
      this.failures = Math.min(this.failures + 1, 5);
      await this.pause(pause * (0.8 + 0.4 * Math.random()));
    }
  }

  private async connect(parser: SseParser): Promise<void> {
    const abort = new AbortController();
    this.current = abort;
    const limit = this.options.silenceLimit ?? 45_000;
    let watch = setTimeout(() => abort.abort(), limit);
    const alive = () => {
      clearTimeout(watch);
      watch = setTimeout(() => abort.abort(), limit);
    };
    try {
      const headers: Record<string, string> = { Accept: 'text/event-stream' };
      if (this.lastId) headers['Last-Event-ID'] = this.lastId;
      const response = await call(this.options.path, { signal: abort.signal, headers });
      if (!response.body) throw new Error('no body');
      this.options.onOpen(this.lastId !== '');
      this.failures = 0;
      await readSse(response.body, parser, (event) => {
        if (event.id) this.lastId = event.id;
        this.options.onEvent(event);
      }, alive);
    } finally {
      clearTimeout(watch);
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
