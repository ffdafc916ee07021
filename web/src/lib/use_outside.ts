import { useEffect, useRef, type RefObject } from 'react';

/** Closes what is open when a click lands elsewhere. */
export function useOutside(root: RefObject<HTMLElement | null>, open: boolean, close: () => void): void {
  const latest = useRef(close);
  latest.current = close;
  useEffect(() => {
    if (!open) return undefined;
    const down = (event: PointerEvent) => {
      if (root.current && !root.current.contains(event.target as Node)) latest.current();
    };
    document.addEventListener('pointerdown', down);
    return () => document.removeEventListener('pointerdown', down);
  }, [open, root]);
}
