// Which documents the next questions are about: all of them, or only those the person picked.

import { createStore } from '../lib/store';
import type { Doc } from '../lib/types';

export type Scope = Pick<Doc, 'id' | 'name'>[];

export const scope = createStore<Scope>([]);

export function toggleScope(doc: Doc): void {
  scope.set((list) => (list.some((d) => d.id === doc.id) ? list.filter((d) => d.id !== doc.id) : [...list, { id: doc.id, name: doc.name }]));
}

export function leaveScope(id: string): void {
  if (scope.get().some((doc) => doc.id === id)) scope.set((list) => list.filter((doc) => doc.id !== id));
}
