// The middle of the page: the log of questions and answers, and the box to ask the next one.

import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useStore } from '../lib/store';
import { conversation } from '../state/conversation';
import { Composer } from './composer';
import { Icon } from './icons';
import { MessageView } from './message_view';
import { Welcome } from './welcome';

const nearEnd = 80;

export function ConversationView() {
  const state = useStore(conversation, (s) => s);
  const log = useRef<HTMLDivElement>(null);
  const follow = useRef(true);
  const [away, setAway] = useState(false);
  const last = state.messages[state.messages.length - 1];

  // A new question always scrolls to the end; tokens only keep a reader there who is there already.
  useEffect(() => {
    follow.current = true;
  }, [state.messages.length]);
  useLayoutEffect(() => {
    const element = log.current;
    if (element && follow.current) element.scrollTop = element.scrollHeight;
  }, [state.messages]);

  useEffect(() => {
    if (state.reveal === '') return;
    const message = log.current?.querySelector(`[data-message="${CSS.escape(state.reveal)}"]`);
    if (!message) return;
    follow.current = false;
    message.scrollIntoView({ block: 'center' });
    message.classList.add('revealed');
    conversation.set((s) => ({ ...s, reveal: '' }));
  }, [state.reveal, state.messages]);

  const scrolled = () => {
    const element = log.current;
    if (!element) return;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < nearEnd;
    follow.current = atEnd;
    setAway(!atEnd);
  };
  const toEnd = () => {
    follow.current = true;
    log.current?.scrollTo({ top: log.current.scrollHeight });
  };

  return (
    <div className="conversation">
      <div className="log-area">
        <div className="log" role="log" aria-label="Conversation" aria-live="polite" aria-relevant="additions text" tabIndex={0} ref={log} onScroll={scrolled}>
          <div className="log-inner">
            {state.loading && <p className="hint center">Opening the conversation…</p>}
            {state.error && <p className="notice bad" role="alert">{state.error}</p>}
            {!state.loading && state.messages.length === 0 && !state.error && <Welcome />}
            {state.messages.map((message) => (
              <MessageView key={message.key} message={message} last={message === last} />
            ))}
          </div>
        </div>
        {away && (
          <button className="jump" onClick={toEnd}>
            <Icon name="down" />
            Newest
          </button>
        )}
      </div>
      <Composer answering={state.answering} />
    </div>
  );
}
