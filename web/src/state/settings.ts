// The settings that can change while the server runs: read when they are shown, sent as the difference.

import { call, get } from '../lib/api';
import { pollIngestion } from './ingestion';
import { pollReady, ready } from './ready';

export interface Setting {
  key: string;
  value: string;
  /** default, a file, environment, flag, changed */
  origin: string;
  changeable: boolean;
}

export type Settings = Map<string, Setting>;
/** null takes a change back. */
export type Changes = Record<string, string | null>;

export async function loadSettings(): Promise<Settings> {
  return mapOf(await get<{ settings?: Setting[] }>('/api/settings'));
}

export async function loadModels(): Promise<string[]> {
  const body = await get<{ models?: unknown[] }>('/api/models');
  return (body.models ?? []).filter((name): name is string => typeof name === 'string').slice(0, 200);
}

export async function saveSettings(changes: Changes): Promise<Settings> {
  const saved = mapOf((await (await call('/api/settings', { method: 'PUT', json: changes })).json()) as { settings?: Setting[] });
  ready.set((state) => ({ ...state, model: '' }));
  void pollReady();
  void pollIngestion();
  return saved;
}

/** What is to be sent for these fields: those that differ. A secret is sent where something was written. */
export function changesOf(settings: Settings, fields: Record<string, string>): Record<string, string> {
  const changes: Record<string, string> = {};
  for (const [key, value] of Object.entries(fields)) {
    const now = settings.get(key);
    if (!now || isFixed(now)) continue;
    if (key.endsWith('.api_key') ? value !== '' : value !== now.value) changes[key] = value;
  }
  return changes;
}

export function takenBack(settings: Settings): Record<string, null> {
  return Object.fromEntries([...settings.values()].filter((one) => one.origin === 'changed').map((one) => [one.key, null]));
}

/** Whether the passages have to be embedded anew for these: a key that is written anew alone is none of that. */
export function changesEmbedding(settings: Settings, changes: Changes): boolean {
  const decisive = ['embedding.model_dir', 'embedding.base_url', 'embedding.model'];
  return decisive.some((key) => key in changes && changes[key] !== settings.get(key)?.value);
}

/** The environment and flags of the start win over the page. */
export function isFixed(setting: Setting): boolean {
  return !setting.changeable || setting.origin === 'environment' || setting.origin === 'flag';
}

function mapOf(body: { settings?: Setting[] }): Settings {
  return new Map((body.settings ?? []).map((setting) => [setting.key, setting]));
}
