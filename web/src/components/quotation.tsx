// A quotation of a passage. A long one is folded to a few lines, with what answers best among them; whoever unfolds it once keeps it so.

import { useId, useLayoutEffect, useRef, useState, type ReactNode } from 'react';

export function Quotation({ words, origin }: { words: ReactNode; origin?: ReactNode }) {
  const [open, setOpen] = useState(false);
  const [cut, setCut] = useState({ above: false, below: false });
  const text = useRef<HTMLDivElement>(null);
  const id = useId();

  useLayoutEffect(() => {
    const element = text.current;
    if (!element || open) return;
    const measure = () => {
      const best = element.querySelector<HTMLElement>('.best');
      const top = best ? best.getBoundingClientRect().top - element.getBoundingClientRect().top + element.scrollTop : 0;
      // The first lines say what it is about; they stay where what answers best begins in them.
      element.scrollTop = best && top > element.clientHeight * 0.6 ? top - 8 : 0;
      const below = element.scrollHeight - element.clientHeight - element.scrollTop > 4;
      const above = element.scrollTop > 4;
      setCut((now) => (now.above === above && now.below === below ? now : { above, below }));
    };
    measure();
    if (typeof ResizeObserver === 'undefined') return;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [open, words]);

  const folded = !open && (cut.above || cut.below);
  return (
    <blockquote className="quotation">
      <div
        id={id}
        ref={text}
        className="quotation-words"
        data-open={open}
        data-cut-above={!open && cut.above}
        data-cut-below={!open && cut.below}
        // What has the focus must be seen.
        onFocus={() => folded && setOpen(true)}
      >
        {words}
      </div>
      {(folded || open) && (
        <button className="button ghost tiny" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
          {open ? 'Show less' : 'Show more'}
        </button>
      )}
      {origin && <footer>{origin}</footer>}
    </blockquote>
  );
}
