// The bar at the top: what is missing on the server, past conversations, colours, and at phone width the drawer of documents.

import { useRef, useState } from 'react';
import { useStore } from '../lib/store';
import type { Part } from '../lib/types';
import { useOutside } from '../lib/use_outside';
import { newConversation } from '../state/conversation';
import { documents } from '../state/documents';
import { isLoading, ready, summary } from '../state/ready';
import { setDrawer, setTheme, view, type Theme } from '../state/view';
import { Icon, Logo } from './icons';
import { Sessions } from './sessions';
import { SettingsButton } from './settings_dialog';

export function Header() {
  const drawer = useStore(view, (s) => s.drawer);
  const total = useStore(documents, (s) => s.list.length);
  return (
    <header className="top">
      <h1 className="brand">
        <Logo />
        <span>DocMind</span>
      </h1>
      <button className="button quiet tiny drawer-button" aria-expanded={drawer} aria-controls="documents-panel" onClick={() => setDrawer(!drawer)}>
        <Icon name="file" />
        <span>{total > 0 ? total.toLocaleString('en') : 'Add'}</span>
        <span className="hidden">{total === 1 ? 'document' : 'documents'}</span>
      </button>
      <Status />
      <div className="top-actions">
        <Sessions />
        <button className="button quiet new-button" onClick={newConversation} aria-label="New conversation" title="New conversation">
          <Icon name="plus" />
          <span>New</span>
        </button>
        <SettingsButton />
        <ThemeButton />
      </div>
    </header>
  );
}

const next: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const icons = { system: 'system', light: 'sun', dark: 'moon' } as const;

function ThemeButton() {
  const theme = useStore(view, (s) => s.theme);
  const name = `Colours: ${theme}. Change to ${next[theme]}`;
  return (
    <button className="icon-button" aria-label={name} title={name} onClick={() => setTheme(next[theme])}>
      <Icon name={icons[theme]} />
    </button>
  );
}

function Status() {
  const state = useStore(ready, (s) => s);
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useOutside(root, open, () => setOpen(false));
  const { text, tone } = summary(state);
  const parts = Object.entries(state.parts);
  return (
    <div className="status" ref={root} onKeyDown={(e) => open && e.key === 'Escape' && (e.stopPropagation(), setOpen(false))}>
      <button className={`status-pill ${tone}`} aria-expanded={open} onClick={() => setOpen(!open)} title={text}>
        <span className="status-dot" aria-hidden="true" />
        <span className="status-text" role="status">{text}</span>
      </button>
      {open && (
        <div className="popover status-popover" role="group" aria-label="State of the server">
          <ul role="list">
            {parts.map(([name, part]) => <PartState key={name} name={partNames[name] ?? name} part={part} />)}
            {parts.length === 0 && <li>The server has not said yet what it can do.</li>}
          </ul>
        </div>
      )}
    </div>
  );
}

function PartState({ name, part }: { name: string; part: Part }) {
  const tone = part.ok ? 'good' : isLoading(part) ? 'wait' : 'bad';
  return (
    <li>
      <span className={`status-dot ${tone}`} aria-hidden="true" />
      <div>
        <strong>{name}</strong> {part.ok ? 'ready' : tone === 'wait' ? 'loading' : 'not ready'}
        {part.detail && <span className="detail">{part.detail}</span>}
      </div>
    </li>
  );
}

const partNames: Record<string, string> = { store: 'Document store', embedding: 'Embedding model', reranker: 'Reranker', llm: 'Language model' };
