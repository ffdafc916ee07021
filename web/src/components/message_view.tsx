// A question, or an answer with what was done for it, what it cites and how long each part took.

import { memo, useMemo, type ReactNode } from 'react';
import { safeName } from '../lib/format';
import { useStore } from '../lib/store';
import { markAnswer } from '../lib/support';
import type { Progress, Step } from '../lib/types';
import { conversation, edit, regenerate } from '../state/conversation';
import type { Message } from '../state/messages';
import { CopyButton } from './copy_button';
import { EditQuestion, editButtonId } from './edit_question';
import { Icon } from './icons';
import { MarkdownView, type AnswerMarks } from './markdown_view';
import { Chip, ClosestPassages, SourceList, findSource } from './sources';
import { Confidence, Doubt, DoubtLegend } from './support';
import { Timings } from './timings';
import { Versions } from './versions';

export const MessageView = memo(function MessageView({ message, last }: { message: Message; last: boolean }) {
  return message.role === 'user' ? <Question message={message} /> : <Answer message={message} last={last} />;
});

function Question({ message }: { message: Message }) {
  const answering = useStore(conversation, (s) => s.answering);
  const editing = useStore(conversation, (s) => s.editing === message.key);
  if (editing) return <EditQuestion message={message} />;
  return (
    <article className="message user" aria-label="You asked" data-message={message.id}>
      <p>{message.text}</p>
      <div className="question-tools">
        <Versions message={message} disabled={answering} />
        <button id={editButtonId(message.key)} className="icon-button small" aria-label="Edit question" title="Ask this in other words" disabled={answering} onClick={() => edit(message.key)}>
          <Icon name="edit" />
        </button>
      </div>
    </article>
  );
}

function Answer({ message, last }: { message: Message; last: boolean }) {
  const { citations, sources, sentences, matches } = message;
  const marks = useMemo<AnswerMarks>(
    () => ({
      citation: (n, sentence) => {
        const source = findSource(n, citations, sources);
        return source ? <Chip n={n} source={source} sentence={sentence === undefined ? undefined : sentences[sentence]} /> : `[${n}]`;
      },
      quote: (n) => citations.find((c) => c.n === n)?.quote ?? '',
      doubt: (sentence: number, words: ReactNode) => <Doubt sentence={sentences[sentence]}>{words}</Doubt>,
    }),
    [citations, sources, sentences],
  );
  const text = useMemo(() => markAnswer(message.text, sentences, matches), [message.text, sentences, matches]);
  const live = message.state === 'thinking' || message.state === 'streaming';
  return (
    <article className="message answer" data-message={message.id} data-state={message.state} aria-label="Answer" aria-busy={live}>
      {message.state === 'thinking' && (message.progress ? <Working progress={message.progress} /> : <Thinking steps={message.steps} />)}
      {message.degraded && <p className="notice">{message.notes.join(' ') || 'Answered without a language model: these are the best passages.'}</p>}
      {message.text && <MarkdownView text={text} marks={marks} />}
      {message.state === 'streaming' && <span className="caret" aria-hidden="true" />}
      {message.state === 'stopped' && <p className="stopped">Stopped{message.text ? '' : ' before the answer began'}.</p>}
      {message.state === 'failed' && <Failed message={message} last={last} />}
      <DoubtLegend sentences={sentences} />
      {!live && <SourceList citations={citations} />}
      {!live && citations.length === 0 && message.state === 'done' && <ClosestPassages sources={sources} />}
      {!live && !message.degraded && message.notes.length > 0 && (
        <ul className="notes">{message.notes.map((note, i) => <li key={i}>{note}</li>)}</ul>
      )}
      {!live && <Foot message={message} last={last} />}
    </article>
  );
}

function describe(step: Step | undefined): string {
  if (!step) return 'Thinking…';
  if (step.kind === 'query') return `Searching for “${step.text}”`;
  return step.text || 'Thinking…';
}

function Thinking({ steps }: { steps: Step[] }) {
  const now = steps[steps.length - 1];
  return (
    <div className="thinking">
      <span className="pulse" aria-hidden="true"><i /><i /><i /></span>
      <span className="thinking-now">{safeName(describe(now))}</span>
    </div>
  );
}

function Working({ progress }: { progress: Progress }) {
  return (
    <div className="working">
      <span className="thinking-now">
        {progress.of > 0 ? `${progress.done} of ${progress.of}: ` : ''}
        {safeName(progress.text)}
      </span>
      {progress.of > 0 && (
        <div className="bar" role="progressbar" aria-label="Progress of the answer" aria-valuemin={0} aria-valuemax={progress.of} aria-valuenow={progress.done}>
          <div style={{ transform: `scaleX(${Math.min(1, progress.done / progress.of)})` }} />
        </div>
      )}
    </div>
  );
}

function Failed({ message, last }: { message: Message; last: boolean }) {
  const answering = useStore(conversation, (s) => s.answering);
  return (
    <div className="notice bad" role="alert">
      <p>{message.error}</p>
      {last && <button className="button quiet tiny" disabled={answering} onClick={regenerate}>Try again</button>}
    </div>
  );
}

function Foot({ message, last }: { message: Message; last: boolean }) {
  const answering = useStore(conversation, (s) => s.answering);
  return (
    <div className="foot">
      <Versions message={message} disabled={answering} />
      <Confidence value={message.confidence} sentences={message.sentences} />
      {message.text && <CopyButton text={message.text} label="Copy" />}
      {last && message.state !== 'failed' && (
        <button className="button ghost tiny" disabled={answering} onClick={regenerate}>
          <Icon name="retry" />
          Regenerate
        </button>
      )}
      <Timings timings={message.timings} steps={message.steps} />
    </div>
  );
}
