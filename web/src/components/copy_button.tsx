import { useEffect, useRef, useState } from 'react';
import { Icon } from './icons';

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    timer.current = setTimeout(() => setCopied(false), 2000);
  };
  // The clipboard exists only where the page is served securely, which a plain address on another machine is not.
  if (!navigator.clipboard) return null;
  return (
    <button className="button ghost tiny" onClick={() => void copy().catch(() => setCopied(false))}>
      <Icon name={copied ? 'check' : 'copy'} />
      <span aria-live="polite">{copied ? 'Copied' : label}</span>
    </button>
  );
}
