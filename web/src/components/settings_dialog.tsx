// Which model answers, how it answers, how passages are found: what can change while the server runs.

import { useEffect, useId, useState, type FormEvent } from 'react';
import { say } from '../lib/api';
import { changesEmbedding, changesOf, isFixed, loadModels, loadSettings, saveSettings, takenBack, type Changes, type Settings } from '../state/settings';
import { Dialog } from './dialogs';
import { ConfirmEmbedding, EmbeddingSettings } from './embedding_settings';
import { Field, fixedBy } from './field';
import { Icon } from './icons';

export function SettingsButton() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button className="icon-button" aria-label="Settings" title="Settings" onClick={() => setOpen(true)}>
        <Icon name="settings" />
      </button>
      {open && <SettingsDialog close={() => setOpen(false)} />}
    </>
  );
}

function SettingsDialog({ close }: { close: () => void }) {
  const [settings, setSettings] = useState<Settings | null>(null);
  const [models, setModels] = useState<string[]>([]);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const [toConfirm, setToConfirm] = useState<Changes | null>(null);
  useEffect(() => {
    loadSettings().then(setSettings, (error) => setProblem(say(error)));
    // A server that is away offers nothing to choose from; its name can be written all the same.
    loadModels().then(setModels, () => setModels([]));
  }, []);
  const ask = async (changes: Changes) => {
    if (Object.keys(changes).length === 0) return close();
    setProblem('');
    if (settings && changesEmbedding(settings, changes)) setToConfirm(changes);
    else await save(changes);
  };
  const save = async (changes: Changes) => {
    setBusy(true);
    setProblem('');
    try {
      await saveSettings(changes);
      close();
    } catch (error) {
      setProblem(say(error));
      setBusy(false);
      setToConfirm(null);
    }
  };
  return (
    <Dialog label="Settings" onCancel={close}>
      <h2>Settings</h2>
      {settings && (
        <div hidden={toConfirm !== null}>
          <SettingsForm settings={settings} models={models} busy={busy} save={ask} close={close} />
        </div>
      )}
      {toConfirm && <ConfirmEmbedding busy={busy} start={() => void save(toConfirm)} back={() => setToConfirm(null)} />}
      {!settings && !problem && <p role="status">Loading…</p>}
      {problem && <p className="dialog-problem" role="alert">{problem}</p>}
      {!settings && problem && (
        <div className="dialog-actions">
          <button className="button quiet" onClick={close}>Close</button>
        </div>
      )}
    </Dialog>
  );
}

interface FormProps {
  settings: Settings;
  models: string[];
  busy: boolean;
  save: (changes: Changes) => Promise<void>;
  close: () => void;
}

type Origin = 'built-in' | 'server' | 'none';

function SettingsForm({ settings, models, busy, save, close }: FormProps) {
  const value = (key: string) => settings.get(key)?.value ?? '';
  const [origin, setOrigin] = useState<Origin>(value('llm.enabled') === 'false' ? 'none' : value('llm.base_url') ? 'server' : 'built-in');
  const modelsId = useId();
  const back = takenBack(settings);
  const fixed = (key: string) => !settings.has(key) || isFixed(settings.get(key)!);
  // Which of the three is two settings: each may be fixed without the other.
  const originFixed = (fixed('llm.enabled') && origin === 'none') || (fixed('llm.enabled') && fixed('llm.base_url'));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields: Record<string, string> = {};
    for (const [key, text] of new FormData(event.currentTarget)) if (key.includes('.')) fields[key] = String(text).trim();
    fields['llm.enabled'] = String(origin !== 'none');
    if (origin === 'built-in') fields['llm.base_url'] = fields['llm.model'] = '';
    void save(changesOf(settings, fields));
  };
  const field = (key: string) => ({ name: key, disabled: busy || fixed(key), defaultValue: value(key) });
  return (
    <form onSubmit={submit} className="settings">
      <fieldset>
        <legend>Language model</legend>
        <Field label="Answers come from" fixed={originFixed ? fixedBy(settings, 'llm.enabled') : ''}>
          <select value={origin} disabled={busy || originFixed} onChange={(e) => setOrigin(e.target.value as Origin)} autoFocus>
            <option value="built-in" disabled={fixed('llm.base_url') && value('llm.base_url') !== ''}>the built-in model</option>
            <option value="server" disabled={fixed('llm.base_url') && value('llm.base_url') === ''}>a model server</option>
            <option value="none" disabled={fixed('llm.enabled')}>the passages alone</option>
          </select>
        </Field>
        {origin === 'server' && (
          <>
            <Field label="Address" fixed={fixedBy(settings, 'llm.base_url')}>
              <input {...field('llm.base_url')} type="url" required placeholder="http://127.0.0.1:11434" spellCheck={false} />
            </Field>
            <Field label="Model" fixed={fixedBy(settings, 'llm.model')}>
              <input {...field('llm.model')} list={modelsId} placeholder="the first that it offers" spellCheck={false} autoComplete="off" />
            </Field>
            <datalist id={modelsId}>{models.map((name) => <option key={name} value={name} />)}</datalist>
            <Field label="Key" fixed={fixedBy(settings, 'llm.api_key')}>
              <input
                {...field('llm.api_key')}
                type="password"
                defaultValue=""
                placeholder={value('llm.api_key') ? 'set; write another to change it' : 'none'}
                autoComplete="off"
              />
            </Field>
            <Field label="While it is away" fixed={fixedBy(settings, 'llm.fallbacks')}>
              <input {...field('llm.fallbacks')} placeholder="http://box:8000/v1 qwen3, built-in" spellCheck={false} />
            </Field>
          </>
        )}
      </fieldset>
      <fieldset>
        <legend>Answers</legend>
        <Field label="The model" fixed={fixedBy(settings, 'agent.mode')}>
          <select {...field('agent.mode')}>
            <option value="auto">searches by itself where it can</option>
            <option value="react">always searches by itself</option>
            <option value="context">gets the best passages</option>
          </select>
        </Field>
        <Field label="Passages it gets" fixed={fixedBy(settings, 'agent.context_passages')}>
          <input {...field('agent.context_passages')} type="number" min={1} max={100} required />
        </Field>
      </fieldset>
      <fieldset>
        <legend>Search</legend>
        <Field label="Finds passages by" fixed={fixedBy(settings, 'retrieval.mode')}>
          <select {...field('retrieval.mode')}>
            <option value="hybrid">meaning and words</option>
            <option value="dense">meaning</option>
            <option value="sparse">words</option>
          </select>
        </Field>
      </fieldset>
      <EmbeddingSettings settings={settings} busy={busy} />
      <div className="dialog-actions">
        {Object.keys(back).length > 0 && (
          <button type="button" className="button ghost" disabled={busy} onClick={() => void save(back)}>Back to the configuration</button>
        )}
        <button type="button" className="button quiet" onClick={close}>Cancel</button>
        <button className="button primary" disabled={busy}>{busy ? 'Saving…' : 'Save'}</button>
      </div>
    </form>
  );
}
