// What can be relied on in an answer: sentences that no passage bears out are marked, and a confidence stands under the answer.

import type { ReactNode } from 'react';
import { confidenceOf, explain } from '../lib/support';
import type { Sentence } from '../lib/types';

/** The mark behind the sentence is what a screen reader says; the wavy line is for the eye. */
export function Doubt({ sentence, children }: { sentence?: Sentence; children: ReactNode }) {
  const why = explain(sentence);
  return (
    <span className="doubt" title={why}>
      {children}
      <span className="doubt-mark" role="img" aria-label={why}>?</span>
    </span>
  );
}

export function DoubtLegend({ sentences }: { sentences: Sentence[] }) {
  const count = sentences.filter((s) => !s.supported).length;
  if (count === 0) return null;
  return (
    <p className="doubt-legend" role="note">
      <span className="doubt-mark" aria-hidden="true">?</span>
      {count === 1 ? 'One marked sentence is' : `${count} marked sentences are`} not supported by the documents: no passage was found that says the same with the same numbers and names.
    </p>
  );
}

const meaning = 'From how well the passages fit the question, and how much of the answer they bear out word by word.';

export function Confidence({ value, sentences }: { value: number | null; sentences: Sentence[] }) {
  const confidence = confidenceOf(value, sentences.some((s) => !s.supported));
  if (!confidence) return null;
  return (
    <span className="confidence" data-level={confidence.level} title={meaning}>
      Confidence: {confidence.level} ({confidence.percent} %)
    </span>
  );
}
