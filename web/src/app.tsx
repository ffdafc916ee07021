// The page: documents, conversation, source; and the live connection that keeps them true.

import { useEffect, useState } from 'react';
import { DocumentsPanel } from './components/documents_panel';
import { ConversationView } from './components/conversation_view';
import { LeaveDialog, TokenDialog } from './components/dialogs';
import { Header } from './components/header';
import { SourcePanel } from './components/source_panel';
import { LiveStream } from './lib/live';
import { useStore } from './lib/store';
import type { Doc } from './lib/types';
import { conversation, restoreSession, stop } from './state/conversation';
import { documentChanged, documentRemoved, loadDocuments, refreshSoon } from './state/documents';
import { pollIngestion, watchIngestion } from './state/ingestion';
import { pollReady, ready, setConnected } from './state/ready';
import { loadSessions } from './state/sessions';
import { closeSource, setDrawer, view } from './state/view';

function receive(event: string, data: string): void {
  if (event === 'system') {
    if (data.includes('"documents_changed"')) return refreshSoon();
    return void pollReady();
  }
  if (event !== 'document' && event !== 'removed') return;
  try {
    if (event === 'removed') documentRemoved((JSON.parse(data) as { id: string }).id);
    else documentChanged(JSON.parse(data) as Doc);
  } catch {
    // One event that cannot be read must not end the stream of all others.
  }
}

function useLive(): LiveStream | null {
  const [live, setLive] = useState<LiveStream | null>(null);
  useEffect(() => {
    const stream = new LiveStream({
      path: '/api/events',
      onEvent: (event) => receive(event.event, event.data),
      onOpen: () => {
        setConnected(true);
        // Read again on every connection: the list is then right even if the server no longer had the events in between.
        void loadDocuments();
        void pollIngestion();
      },
      onLost: () => setConnected(false),
    });
    setLive(stream);
    const unwatch = watchIngestion();
    stream.start();
    void pollReady();
    void loadSessions();
    restoreSession();
    return () => {
      unwatch();
      stream.stop();
    };
  }, []);
  return live;
}

function useEscape(): void {
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]')) return;
      if (view.get().source) closeSource();
      else if (view.get().drawer) setDrawer(false);
      else if (conversation.get().answering) stop();
    };
    document.addEventListener('keydown', keys);
    return () => document.removeEventListener('keydown', keys);
  }, []);
}

export function App() {
  const live = useLive();
  useEscape();
  const drawer = useStore(view, (s) => s.drawer);
  const sourceOpen = useStore(view, (s) => s.source !== null);
  return (
    <div className={`app${sourceOpen ? ' with-source' : ''}${drawer ? ' with-drawer' : ''}`}>
      <a className="skip" href="#question" onClick={(e) => (e.preventDefault(), document.getElementById('question')?.focus())}>
        Skip to the question
      </a>
      <Header />
      <Connection retry={() => live?.tryNow()} />
      <div className="columns">
        <section className="panel" id="documents-panel" aria-labelledby="documents-title">
          <DocumentsPanel />
        </section>
        <main className="main">
          <ConversationView />
        </main>
        <SourcePanel />
      </div>
      <TokenDialog />
      <LeaveDialog />
    </div>
  );
}

/** Shown only when the connection stays away: a restart of the server takes less than the pause before it. */
function Connection({ retry }: { retry: () => void }) {
  const connected = useStore(ready, (s) => s.connected);
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (connected) return undefined;
    const timer = setTimeout(() => setLate(true), 1500);
    return () => clearTimeout(timer);
  }, [connected]);
  if (connected || !late) return null;
  return (
    <div className="banner" role="alert">
      <span>The connection to DocMind is lost. Trying again…</span>
      <button className="button quiet tiny" onClick={retry}>Try now</button>
    </div>
  );
}
