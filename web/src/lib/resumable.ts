// Sends one large file so that nothing is sent twice: by the tus protocol, whose server knows how far an upload came. A connection that
// breaks, a server that restarts, or a page that was loaded anew goes on where it stopped; the same file, chosen again, is recognised.

import { Upload, type DetailedError, type HttpRequest, type HttpStack } from 'tus-js-client';
import { ApiError, get, headers, problemOf } from './api';
import type { Doc } from './types';

/** From this size on a file is worth resuming; a smaller one is one request. */
export const resumableFrom = 8 * 1024 * 1024;

export interface ResumableOptions {
  onProgress(sent: number): void;
  /** Milliseconds before each further attempt; they begin anew whenever something got through. */
  retryDelays?: number[];
  httpStack?: HttpStack;
}

/** What GET says of an upload. */
interface UploadState {
  document: string | null;
  duplicate: boolean;
  error: string | null;
  error_code: string | null;
}

export type Accepted = Doc & { duplicate: boolean };

const patience = [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 30_000];

export class ResumableUpload {
  private upload: Upload | undefined;
  private fail: ((error: unknown) => void) | undefined;
  private dropped = false;

  constructor(
    private readonly file: File,
    private readonly options: ResumableOptions,
  ) {}

  /** Sends what the server does not have yet. After a failure it may be called again, and goes on. Errors: ApiError. */
  async send(): Promise<Accepted> {
    try {
      await this.attempt();
    } catch (error) {
      throw toApiError(error as Error | DetailedError);
    }
    return this.outcome();
  }

  /** Stops, and has the server forget what it got. */
  async drop(): Promise<void> {
    this.dropped = true;
    this.fail?.(stopped());
    try {
      await this.upload?.abort(true);
    } catch {
      // The server forgets an upload to which nothing is added by itself.
    }
  }

  private async attempt(): Promise<void> {
    const { onProgress, retryDelays, httpStack } = this.options;
    let done = () => {};
    const ended = new Promise<void>((resolve, reject) => {
      done = resolve;
      this.fail = reject;
    });
    const upload = new Upload(this.file, {
      endpoint: '/api/uploads',
      uploadUrl: this.upload?.url ?? null,
      metadata: { filename: this.file.name, filetype: this.file.type },
      retryDelays: retryDelays ?? patience,
      removeFingerprintOnSuccess: true,
      ...(httpStack ? { httpStack } : {}),
      onBeforeRequest: (request: HttpRequest) => {
        for (const [name, value] of Object.entries(headers(request.getMethod()))) request.setHeader(name, value);
      },
      onShouldRetry: mayPass,
      onProgress,
      onSuccess: () => done(),
      onError: (error) => this.fail?.(error),
    });
    this.upload = upload;
    const [earlier] = await upload.findPreviousUploads();
    if (earlier) upload.resumeFromPreviousUpload(earlier);
    if (this.dropped) throw stopped();
    upload.start();
    await ended;
  }

  private async outcome(): Promise<Accepted> {
    const state = await get<UploadState>(this.upload?.url ?? '');
    if (!state.document) {
      throw new ApiError({ status: 0, code: state.error_code ?? '', detail: state.error ?? 'The file arrived but is not a document yet.' });
    }
    const doc = await get<Doc>(`/api/documents/${encodeURIComponent(state.document)}`);
    return { ...doc, duplicate: state.duplicate };
  }
}

function stopped(): DOMException {
  return new DOMException('The upload was taken off the list.', 'AbortError');
}

/** Whether the same request may well succeed later: nothing was heard, the server is busy, or it knows the offset better. */
function mayPass(error: DetailedError): boolean {
  const status = error.originalResponse?.getStatus() ?? 0;
  return status === 0 || status === 409 || status === 423 || status === 429 || status === 502 || status === 503 || status === 504;
}

function toApiError(error: Error | DetailedError): Error {
  if (error.name === 'AbortError') return error;
  const response = 'originalResponse' in error ? error.originalResponse : null;
  if (response && response.getStatus() !== 0) return problemOf(response.getStatus(), response.getBody());
  return new ApiError({ status: 0, code: 'unreachable', detail: 'The connection broke while it was being sent. What arrived is kept: upload it again to go on.' });
}
