// Speaks to the server of this page: adds the guard header and the token, turns problem documents into one error type.

import type { Problem } from './types';

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
  readonly retryAfter: number | undefined;

  constructor(problem: Partial<Problem>, retryAfter?: number) {
    super(text(problem.detail) || text(problem.title) || 'The server could not do this.');
    this.status = typeof problem.status === 'number' ? problem.status : 0;
    this.code = text(problem.code);
    this.requestId = text(problem.request_id);
    this.retryAfter = retryAfter;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 2000) : '';
}

const tokenKey = 'docmind.token';
let askForToken: (() => Promise<string | null>) | undefined;
let asking: Promise<string | null> | undefined;

/** The page says how a token is asked for; several calls that meet a 401 at once share one question. */
export function onTokenNeeded(ask: () => Promise<string | null>): void {
  askForToken = ask;
}

export function token(): string | null {
  return sessionStorage.getItem(tokenKey);
}

export async function requestToken(): Promise<boolean> {
  if (!askForToken) return false;
  asking ??= askForToken().finally(() => (asking = undefined));
  const given = await asking;
  if (given === null) return false;
  sessionStorage.setItem(tokenKey, given);
  return true;
}

/** The headers of every request: `X-DocMind` keeps other sites' forms from changing anything here. */
export function headers(method: string): Record<string, string> {
  const out: Record<string, string> = {};
  if (method !== 'GET') out['X-DocMind'] = '1';
  const given = token();
  if (given) out['Authorization'] = `Bearer ${given}`;
  return out;
}

export function problemOf(status: number, body: string, retryAfter?: string | null): ApiError {
  const seconds = retryAfter ? Number(retryAfter) : NaN;
  const wait = Number.isFinite(seconds) ? seconds : undefined;
  try {
    const parsed = JSON.parse(body) as Partial<Problem>;
    if (parsed && typeof parsed === 'object') return new ApiError({ ...parsed, status }, wait);
  } catch {
    // Not JSON: a proxy's page, perhaps. Its text would not help.
  }
  return new ApiError({ status, detail: `The server answered ${status} without saying why.` }, wait);
}

export interface Call {
  method?: string;
  json?: unknown;
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** Statuses outside 2xx that are answers, too. */
  accept?: number[];
}

/** A response with a 2xx status; anything else is thrown as ApiError. A 401 asks for the token and tries once more per answer. */
export async function call(path: string, options: Call = {}): Promise<Response> {
  const method = options.method ?? 'GET';
  for (;;) {
    const init: RequestInit = { method, headers: { ...headers(method), ...options.headers }, credentials: 'same-origin' };
    if (options.signal) init.signal = options.signal;
    if (options.json !== undefined) {
      init.body = JSON.stringify(options.json);
      (init.headers as Record<string, string>)['Content-Type'] = 'application/json';
    }
    let response: Response;
    try {
      response = await fetch(path, init);
    } catch (e) {
      if (options.signal?.aborted) throw e;
      throw new ApiError({ status: 0, code: 'unreachable', detail: 'DocMind cannot be reached. Is it still running?' });
    }
    if (response.ok || options.accept?.includes(response.status)) return response;
    if (response.status === 401 && (await requestToken())) continue;
    throw problemOf(response.status, await response.text(), response.headers.get('Retry-After'));
  }
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await call(path, signal ? { signal } : {})).json() as Promise<T>;
}

export function say(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
