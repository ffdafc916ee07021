// One message of several that stand in the same place: which one it is, and the way to the others.

import { useEffect, useRef, type KeyboardEvent } from 'react';
import { chooseBranch } from '../state/conversation';
import type { Message } from '../state/messages';
import { Icon } from './icons';

/** Where the focus goes when the other version is shown: the person may go on pressing. */
let wanted = { id: '', step: 0 };

export function Versions({ message, disabled }: { message: Message; disabled: boolean }) {
  const root = useRef<HTMLDivElement>(null);
  const at = message.siblings.indexOf(message.id);
  const total = message.siblings.length;
  useEffect(() => {
    if (wanted.id !== message.id || message.id === '') return;
    const buttons = root.current?.querySelectorAll<HTMLButtonElement>('button');
    const [same, other] = wanted.step < 0 ? [0, 1] : [1, 0];
    wanted = { id: '', step: 0 };
    (buttons?.[same]?.disabled ? buttons[other] : buttons?.[same])?.focus();
  }, [message.id]);
  if (total < 2 || at < 0) return null;
  const go = (step: number) => {
    const id = message.siblings[at + step];
    if (id === undefined || disabled) return;
    wanted = { id, step };
    void chooseBranch(id);
  };
  const keys = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (step === 0) return;
    event.preventDefault();
    go(step);
  };
  return (
    <div className="versions" role="group" aria-label={`Version ${at + 1} of ${total}`} ref={root} onKeyDown={keys}>
      <button className="icon-button small" aria-label="Previous version" title="Previous version (←)" disabled={disabled || at === 0} onClick={() => go(-1)}>
        <Icon name="left" />
      </button>
      <span>{at + 1} / {total}</span>
      <button className="icon-button small" aria-label="Next version" title="Next version (→)" disabled={disabled || at + 1 === total} onClick={() => go(1)}>
        <Icon name="right" />
      </button>
    </div>
  );
}
