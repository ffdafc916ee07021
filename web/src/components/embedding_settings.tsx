// Which embedding model finds passages by meaning. Another one means that all passages are embedded anew, so it is asked for once more.

import { Fragment, useState } from 'react';
import { count } from '../lib/format';
import { useStore } from '../lib/store';
import { documents } from '../state/documents';
import { reindexing } from '../state/ingestion';
import { isFixed, type Settings } from '../state/settings';
import { Field, fixedBy } from './field';

type Origin = 'folder' | 'server';

export function EmbeddingSettings({ settings, busy }: { settings: Settings; busy: boolean }) {
  const value = (key: string) => settings.get(key)?.value ?? '';
  const fixed = (key: string) => !settings.has(key) || isFixed(settings.get(key)!);
  const [origin, setOrigin] = useState<Origin>(value('embedding.base_url') ? 'server' : 'folder');
  const field = (key: string) => ({ name: key, disabled: busy || fixed(key), defaultValue: value(key), spellCheck: false, autoComplete: 'off' });
  return (
    <fieldset>
      <legend>Embedding model</legend>
      <Field label="Meaning is found by" fixed={fixedBy(settings, 'embedding.base_url')}>
        <select value={origin} disabled={busy || fixed('embedding.base_url')} onChange={(e) => setOrigin(e.target.value as Origin)}>
          <option value="folder">a folder on this machine</option>
          <option value="server">an embedding server</option>
        </select>
      </Field>
      {/* Keys: what was written in one's fields must not stand in the other's. */}
      {origin === 'folder' ? (
        <Fragment key="folder">
          <input type="hidden" name="embedding.base_url" value="" />
          <Field label="Folder" fixed={fixedBy(settings, 'embedding.model_dir')}>
            <input {...field('embedding.model_dir')} required placeholder="/home/me/models/bge-small-en-v1.5" />
          </Field>
        </Fragment>
      ) : (
        <Fragment key="server">
          <Field label="Server" fixed="">
            <input {...field('embedding.base_url')} type="url" required placeholder="http://127.0.0.1:11434" />
          </Field>
          <Field label="Its embedding model" fixed={fixedBy(settings, 'embedding.model')}>
            <input {...field('embedding.model')} placeholder="the one that it has" />
          </Field>
          <Field label="Its key" fixed={fixedBy(settings, 'embedding.api_key')}>
            <input {...field('embedding.api_key')} type="password" defaultValue="" placeholder={value('embedding.api_key') ? 'set; write another to change it' : 'none'} />
          </Field>
        </Fragment>
      )}
    </fieldset>
  );
}

/** How many passages the library has, in words; not all documents may be listed here. */
export function passagesText(list: { nodes?: number }[], more: boolean): string {
  const nodes = list.reduce((sum, doc) => sum + (doc.nodes ?? 0), 0);
  return more ? `more than ${count(nodes, 'passage')}` : count(nodes, 'passage');
}

export function ConfirmEmbedding({ busy, start, back }: { busy: boolean; start: () => void; back: () => void }) {
  const passages = useStore(documents, (d) => passagesText(d.list, d.more));
  const moving = useStore(reindexing, (r) => r !== null && r.state !== 'cancelled');
  return (
    <div role="group" aria-label="Embed all passages anew?">
      <h3>Embed all passages anew?</h3>
      <p>
        Another embedding model needs vectors of its own: {passages} will be embedded anew in the background. Until that is done questions are answered with the
        present model, and new documents come in. It can be paused and cancelled on the page; it goes on after a restart.
      </p>
      {moving && <p>The change that is under way now is given up.</p>}
      <div className="dialog-actions">
        <button type="button" className="button quiet" disabled={busy} onClick={back} autoFocus>Back</button>
        <button type="button" className="button primary" disabled={busy} onClick={start}>{busy ? 'Trying the model…' : 'Embed anew'}</button>
      </div>
    </div>
  );
}
