import { expect, test } from 'vitest';
import { followedText } from './followed_folders';

const folder = { folder: '/home/me/papers', state: 'following' as const, message: '', files: 1200, waiting: 0, failed: 0 };

test('says which folder is followed, how many files it has and what waits', () => {
  expect(followedText(folder)).toBe('Following /home/me/papers · 1,200 files');
  expect(followedText({ ...folder, state: 'starting', files: 1, waiting: 2 })).toBe('Comparing /home/me/papers · 1 file · 2 waiting');
  expect(followedText({ ...folder, failed: 3 })).toBe('Following /home/me/papers · 1,200 files · 3 failed');
});

test('says why a folder is not followed', () => {
  expect(followedText({ ...folder, state: 'away', message: 'The folder is missing.' })).toBe('/home/me/papers: The folder is missing.');
});
