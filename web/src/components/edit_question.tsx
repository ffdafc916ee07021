// A question in the hands of the person who asked it. Enter asks it anew, Escape leaves it as it was.

import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import { askInstead, edit } from '../state/conversation';
import type { Message } from '../state/messages';

export const editButtonId = (key: string) => `edit-${key}`;

export function EditQuestion({ message }: { message: Message }) {
  const [text, setText] = useState(message.text);
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    box.current?.focus();
    box.current?.setSelectionRange(message.text.length, message.text.length);
  }, [message.text]);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(element.scrollHeight, 320)}px`;
  }, [text]);

  const leave = () => {
    edit('');
    // The button is there again once the question is.
    requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById(editButtonId(message.key))?.focus()));
  };
  const send = () => {
    if (text.trim() === '') return;
    if (text.trim() === message.text) return leave();
    askInstead(message.key, text);
    document.getElementById('question')?.focus();
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      return leave();
    }
    // While an input method is composing, Enter belongs to it.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <article className="message user editing" aria-label="You asked" data-message={message.id}>
      <textarea ref={box} rows={1} value={text} aria-label="Edit the question" onChange={(event) => setText(event.target.value)} onKeyDown={keys} />
      <div className="question-tools">
        <button className="button quiet tiny" onClick={leave}>Cancel</button>
        <button className="button primary tiny" disabled={text.trim() === ''} onClick={send}>Ask anew</button>
      </div>
    </article>
  );
}
