// What is open on the page: the source beside the conversation, the drawer of documents at phone width, the colours, dialogs.

import { createStore } from '../lib/store';
import type { ByteRanges } from '../lib/types';

export interface SourceView {
  documentId: string;
  name: string;
  page: number;
  /** The words to highlight on `quotePage`; empty where a document was opened to read. */
  quote: string;
  quotePage: number;
  /** Where they stand in the text of that page, in bytes of UTF-8; absent or both 0 where that is not known. */
  begin?: number;
  end?: number;
  /** The words of the quote that the question has too, in bytes of the page's text. */
  words?: ByteRanges;
}

export type Theme = 'system' | 'light' | 'dark';

export interface ViewState {
  source: SourceView | null;
  drawer: boolean;
  theme: Theme;
  leaving: string | null;
}

/** The file input: other controls open it, and the focus goes there when its list is empty. */
export const uploadId = 'upload-documents';

const themeKey = 'docmind.theme';

function storedTheme(): Theme {
  const stored = localStorage.getItem(themeKey);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

export const view = createStore<ViewState>({ source: null, drawer: false, theme: storedTheme(), leaving: null });

let opener: HTMLElement | null = null;

export function openSource(source: SourceView): void {
  const focused = document.activeElement;
  if (focused instanceof HTMLElement && !focused.closest('[data-source-panel]')) opener = focused;
  view.set((state) => ({ ...state, source, drawer: false }));
}

/** Closes the source; the focus goes back to what opened it. */
export function closeSource(): void {
  view.set((state) => ({ ...state, source: null }));
  const back = opener;
  opener = null;
  requestAnimationFrame(() => {
    if (back?.isConnected && back.offsetParent !== null) back.focus();
    else document.getElementById('question')?.focus();
  });
}

export function turnPage(page: number): void {
  view.set((state) => (state.source ? { ...state, source: { ...state.source, page } } : state));
}

export function setDrawer(open: boolean): void {
  view.set((state) => ({ ...state, drawer: open }));
}

export function applyTheme(theme: Theme): void {
  if (theme === 'system') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.setAttribute('data-theme', theme);
}

export function setTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(themeKey);
  else localStorage.setItem(themeKey, theme);
  applyTheme(theme);
  view.set((state) => ({ ...state, theme }));
}

/** Asks before a link from an answer leaves the page: its host was chosen by a model or a document, not by the person. */
export function leaveTo(href: string | null): void {
  view.set((state) => ({ ...state, leaving: href }));
}
