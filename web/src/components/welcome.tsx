// What stands where the first answer will: what to do now, and how good the answers can be with the model that is there.

import { useStore } from '../lib/store';
import { documents } from '../state/documents';
import { ready } from '../state/ready';
import { uploadId } from '../state/view';
import { CopyButton } from './copy_button';
import { Icon, Logo } from './icons';

const betterModel = `export DOCMIND__LLM__BASE_URL=http://localhost:11434/v1
export DOCMIND__LLM__MODEL=qwen2.5:7b`;

export function Welcome() {
  const loaded = useStore(documents, (s) => s.loaded);
  const any = useStore(documents, (s) => s.list.some((doc) => doc.status === 'ready'));
  const working = useStore(documents, (s) => s.list.some((doc) => doc.status === 'queued' || doc.status === 'processing'));
  const text = any
    ? 'Every answer names the pages it comes from. Open one to read the words themselves.'
    : working
      ? 'Your documents are being read. You can ask already: what is ready is searched.'
      : 'Add PDFs, scans, office files, e-books, mail, web pages, code or text, ask in your own words, and check every answer on the page it comes from.';
  return (
    <div className="welcome">
      <Logo />
      <h2>{any ? 'What would you like to know?' : 'Ask your documents'}</h2>
      <p className="welcome-text">{text}</p>
      {loaded && !any && !working && (
        <button className="button primary" onClick={() => document.getElementById(uploadId)?.click()}>
          <Icon name="upload" />
          Add documents
        </button>
      )}
      <ModelNote />
    </div>
  );
}

function ModelNote() {
  const model = useStore(ready, (s) => s.model);
  const builtIn = useStore(ready, (s) => s.builtIn);
  if (!model) return null;
  if (!builtIn) return <p className="model-line">Answers are written by <strong>{model}</strong>.</p>;
  return (
    <section className="model-note" aria-label="About the language model">
      <h3>Answers are written by a very small model</h3>
      <p>
        The built-in model, {model}, runs on any computer, but it words things clumsily and is often wrong. The passages and pages found for
        you do not depend on it. For good answers start DocMind with a stronger model, for example one from Ollama:
      </p>
      <div className="command">
        <pre tabIndex={0} aria-label="Settings for a better model"><code>{betterModel}</code></pre>
        <CopyButton text={betterModel} label="Copy" />
      </div>
    </section>
  );
}
