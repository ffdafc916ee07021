// One setting in a form, and who else decides on it.

import type { ReactNode } from 'react';
import { isFixed, type Settings } from '../state/settings';

export function Field({ label, fixed, children }: { label: string; fixed: string; children: ReactNode }) {
  return (
    <label className="field">
      <span>{label}</span>
      {children}
      {fixed && <small>{fixed}</small>}
    </label>
  );
}

export function fixedBy(settings: Settings, key: string): string {
  const setting = settings.get(key);
  if (!setting || !isFixed(setting)) return '';
  return setting.origin === 'flag' ? 'Set by a flag of the start.' : setting.origin === 'environment' ? 'Set by the environment.' : '';
}
