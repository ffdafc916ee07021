// The box for a question. Enter sends, Shift+Enter makes a line; while an answer comes, Send is Stop.

import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import { safeName } from '../lib/format';
import { useStore } from '../lib/store';
import { ask, editLast, stop } from '../state/conversation';
import { leaveScope, scope } from '../state/scope';
import { Icon } from './icons';

export function Composer({ answering }: { answering: boolean }) {
  const [text, setText] = useState('');
  const only = useStore(scope, (list) => list);
  const box = useRef<HTMLTextAreaElement>(null);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(element.scrollHeight, 220)}px`;
  }, [text]);

  // Stop and Send take each other's place; a focus that stood on one must not fall out of the page.
  useEffect(() => {
    if (document.activeElement === document.body) box.current?.focus({ preventScroll: true });
  }, [answering]);

  const send = () => {
    if (answering || text.trim() === '') return;
    ask(text);
    setText('');
    box.current?.focus();
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'ArrowUp' && text === '' && editLast()) return event.preventDefault();
    // While an input method is composing, Enter belongs to it.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <div className="composer">
      {only.length > 0 && (
        <ul className="scope" role="list" aria-label="Asking only about">
          <li aria-hidden="true">Only about</li>
          {only.map((doc) => (
            <li key={doc.id}>
              <button className="scope-chip" aria-label={`Clear “Only about ${safeName(doc.name)}”`} title="Remove" onClick={() => leaveScope(doc.id)}>
                <span>{safeName(doc.name)}</span>
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="composer-box">
        <textarea
          id="question"
          ref={box}
          rows={1}
          value={text}
          aria-label="Ask a question"
          placeholder="Ask about your documents"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={keys}
          autoFocus
        />
        {answering ? (
          <button key="stop" className="round stop" aria-label="Stop" title="Stop (Escape)" onClick={stop}>
            <Icon name="stop" />
          </button>
        ) : (
          <button key="send" className="round" aria-label="Send" title="Send (Enter)" disabled={text.trim() === ''} onClick={send}>
            <Icon name="send" />
          </button>
        )}
      </div>
      <p className="composer-hint">
        <span className="keys"><kbd>Enter</kbd> sends, <kbd>Shift</kbd> <kbd>Enter</kbd> adds a line, <kbd>↑</kbd> edits the last question. </span>Check important answers against their sources.
      </p>
    </div>
  );
}
