// The frame of every dialog, and two questions the page may have to ask: the token of a guarded server, and whether to follow a link out of an
// answer.

import { useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { onTokenNeeded } from '../lib/api';
import { useStore } from '../lib/store';
import { leaveTo, view } from '../state/view';

export function Dialog({ label, onCancel, children }: { label: string; onCancel: () => void; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        onCancel();
      }}
    >
      {children}
    </dialog>
  );
}

export function TokenDialog() {
  const [answer, setAnswer] = useState<{ give: (token: string | null) => void; again: boolean } | null>(null);
  useEffect(() => {
    let asked = false;
    onTokenNeeded(
      () =>
        new Promise((resolve) => {
          setAnswer({
            again: asked,
            give: (token) => {
              setAnswer(null);
              resolve(token);
            },
          });
          asked = true;
        }),
    );
  }, []);
  if (!answer) return null;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get('token') ?? '').trim();
    if (token) answer.give(token);
  };
  return (
    <Dialog label="Token" onCancel={() => answer.give(null)}>
      <form onSubmit={submit}>
        <h2>This server asks for a token</h2>
        <p>{answer.again ? 'That token was not accepted. ' : ''}It stands in the server’s configuration, section [server]. It is kept until this tab is closed.</p>
        <input name="token" type="password" aria-label="Token" autoComplete="off" autoFocus />
        <div className="dialog-actions">
          <button type="button" className="button quiet" onClick={() => answer.give(null)}>Cancel</button>
          <button className="button primary">Continue</button>
        </div>
      </form>
    </Dialog>
  );
}

export function LeaveDialog() {
  const href = useStore(view, (s) => s.leaving);
  if (!href) return null;
  return (
    <Dialog label="Open a link" onCancel={() => leaveTo(null)}>
      <h2>Open this address?</h2>
      <p>It comes from an answer or a document, not from you.</p>
      <p className="address">{href}</p>
      <div className="dialog-actions">
        <button className="button quiet" autoFocus onClick={() => leaveTo(null)}>Stay here</button>
        <a className="button primary" href={href} target="_blank" rel="noopener noreferrer" onClick={() => leaveTo(null)}>Open</a>
      </div>
    </Dialog>
  );
}
