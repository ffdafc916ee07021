// The folders whose files come and go by themselves, and what is wrong with one.

import { count, safeName } from '../lib/format';
import { useStore } from '../lib/store';
import type { WatchedFolder } from '../lib/types';
import { watched } from '../state/ingestion';

export function followedText({ folder, state, message, files, waiting, failed }: WatchedFolder): string {
  const name = safeName(folder);
  if (state === 'away') return `${name}: ${message || 'not there'}`;
  const parts = [state === 'starting' ? `Comparing ${name}` : `Following ${name}`, count(files, 'file')];
  if (waiting > 0) parts.push(`${waiting.toLocaleString('en')} waiting`);
  if (failed > 0) parts.push(`${failed.toLocaleString('en')} failed`);
  return parts.join(' · ');
}

export function FollowedFolders() {
  const folders = useStore(watched, (list) => list);
  if (folders.length === 0) return null;
  return (
    <ul className="followed" role="list" aria-label="Followed folders">
      {folders.map((folder) => (
        <li key={folder.folder} className={folder.state} title={folder.message || folder.folder}>{followedText(folder)}</li>
      ))}
    </ul>
  );
}
