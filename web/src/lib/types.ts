// The shapes of the HTTP interface, as far as the page reads them. Everything optional here may be missing on the wire.

export type DocumentStatus = 'queued' | 'processing' | 'ready' | 'failed' | 'cancelled';

export interface Doc {
  id: string;
  name: string;
  media_type?: string;
  bytes?: number;
  status: DocumentStatus;
  stage?: string;
  progress?: number;
  /** Kept from being processed until it is resumed. */
  paused?: boolean;
  pages?: number;
  nodes?: number;
  error?: string | { title?: string; detail?: string; message?: string } | null;
  created_at?: string;
}

/** All of ingestion. */
/** A folder that the server follows. */
export interface WatchedFolder {
  folder: string;
  state: 'starting' | 'following' | 'rescanning' | 'away';
  /** Why it is rescanning or away. */
  message: string;
  files: number;
  waiting: number;
  failed: number;
}

/** The passages are embedded anew, for another embedding model. */
export interface Reindexing {
  state: 'running' | 'paused' | 'waiting' | 'cancelled';
  from: string;
  to: string;
  passages: number;
  embedded: number;
  eta_seconds: number | null;
  /** The former model is there: the search goes on as before. */
  searches_by_meaning: boolean;
  detail: string;
}

export interface Ingestion {
  paused: boolean;
  /** 0..1 */
  progress: number;
  eta_seconds: number | null;
  documents: { queued: number; paused: number; processing: number; ready: number; failed: number; cancelled: number };
  watched: WatchedFolder[];
  reindex?: Reindexing | null;
}

export interface Source {
  n: number;
  document_id: string;
  name: string;
  page: number;
  node_id?: string;
  text?: string;
  score?: number;
}

/** Words in a text: [begin, end) in bytes of UTF-8, in order. */
export type ByteRanges = { begin: number; end: number }[];

export interface Citation {
  n: number;
  document_id: string;
  name: string;
  page: number;
  node_id?: string;
  quote?: string;
  /** Where the quote stands in the page's text, in bytes of UTF-8. */
  begin?: number;
  end?: number;
  /** The words of the quote that the question has too. */
  matches?: ByteRanges;
}

/** A sentence of an answer, and the words of a page it was found to rest on. All offsets count bytes of UTF-8. */
export interface Sentence {
  begin: number;
  end: number;
  supported: boolean;
  problem?: 'words' | 'numbers' | 'names' | 'opposite' | null;
  n?: number;
  page?: number;
  page_begin?: number;
  page_end?: number;
}

export interface Step {
  kind: string;
  text: string;
}

/** How far an answer is that takes long: a comparison, a summary. */
export interface Progress {
  done: number;
  /** 0 while it is not known. */
  of: number;
  text: string;
}

export interface Problem {
  title: string;
  status: number;
  detail: string;
  code: string;
  request_id: string;
}

export interface Done {
  answer?: string;
  citations?: Citation[];
  /** The words of the answer's quotations that the question has too. */
  matches?: ByteRanges;
  sentences?: Sentence[];
  confidence?: number | null;
  timings_ms?: Record<string, number>;
  degraded?: boolean;
  notes?: string[];
}

export interface SessionInfo {
  id: string;
  title?: string;
  created_at?: string;
  updated_at?: string;
  messages?: number;
}

/** A conversation that was searched for, with the place where the words stand. */
export interface FoundSession extends SessionInfo {
  match?: {
    /** Null: only in the title. */
    message_id: string | null;
    excerpt: string;
    matches: ByteRanges;
  };
}

export interface StoredMessage {
  id: string;
  parent_id?: string | null;
  siblings?: string[];
  role: 'user' | 'assistant';
  content: string;
  citations?: Citation[];
  matches?: ByteRanges;
  sentences?: Sentence[];
  confidence?: number | null;
  stopped?: boolean;
  created_at?: string;
}

/** [begin, end, x0, y0, x1, y1]: UTF-8 byte offsets into the page's text, then the box in page units. */
export type WordBox = [number, number, number, number, number, number];

export interface PageText {
  document_id: string;
  page: number;
  pages: number;
  text: string;
  width?: number;
  height?: number;
  words?: WordBox[];
}

export interface Part {
  ok: boolean;
  detail?: string;
}

export interface Readiness {
  status: string;
  parts: Record<string, Part>;
}
