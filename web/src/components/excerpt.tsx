// A piece of a text with the words that were searched for. Offsets count bytes of UTF-8; a server that is wrong about them marks nothing.

import type { ReactNode } from 'react';
import type { ByteRanges } from '../lib/types';

export function Excerpt({ text, matches }: { text: string; matches: ByteRanges }) {
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder();
  const parts: ReactNode[] = [];
  let at = 0;
  for (const { begin, end } of matches) {
    if (begin < at || begin >= end || end > bytes.length) continue;
    parts.push(decoder.decode(bytes.subarray(at, begin)), <mark key={begin}>{decoder.decode(bytes.subarray(begin, end))}</mark>);
    at = end;
  }
  return <span className="excerpt">{parts}{decoder.decode(bytes.subarray(at))}</span>;
}
