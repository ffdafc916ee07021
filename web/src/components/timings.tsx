// How long each part of an answer took, as a waterfall.

import { milliseconds } from '../lib/format';
import type { Step } from '../lib/types';

interface Bar {
  name: string;
  begin: number;
  length: number;
}

const labels: Record<string, string> = {
  condense: 'Understand the follow-up',
  embed: 'Embed the question',
  dense: 'Search by meaning',
  sparse: 'Search by words',
  fuse: 'Merge',
  rerank: 'Rerank',
  first_token: 'Wait for the first word',
  rest: 'Write the answer',
};

/** Dense search waits for the embedding while sparse search runs beside both; all else follows one after the other. */
export function waterfall(timings: Record<string, number>): Bar[] {
  const of = (name: string) => (Number.isFinite(timings[name]) ? Math.max(0, timings[name]!) : undefined);
  const bars: Bar[] = [];
  let at = 0;
  const add = (name: string, length: number | undefined, begin = at) => {
    if (length === undefined) return;
    bars.push({ name, begin, length });
    at = Math.max(at, begin + length);
  };
  add('condense', of('condense'));
  const asked = at;
  add('embed', of('embed'));
  add('dense', of('dense'));
  add('sparse', of('sparse'), asked);
  for (const name of ['fuse', 'rerank', 'first_token']) add(name, of(name));
  const total = of('total');
  if (total !== undefined && total > at && bars.length > 0) add('rest', total - at);
  return bars;
}

export function Timings({ timings, steps }: { timings: Record<string, number>; steps: Step[] }) {
  const bars = waterfall(timings);
  if (bars.length === 0) return null;
  const end = Math.max(...bars.map((bar) => bar.begin + bar.length), 1);
  const total = timings['total'];
  return (
    <details className="timings" onToggle={(event) => event.currentTarget.open && event.currentTarget.scrollIntoView({ block: 'nearest' })}>
      <summary>{total !== undefined ? `Answered in ${milliseconds(total)}` : 'Timings'}</summary>
      <div className="timings-body">
        {steps.length > 0 && (
          <ol className="steps">{steps.map((step, i) => <li key={i}>{step.kind === 'query' ? `Searched for “${step.text}”` : step.text}</li>)}</ol>
        )}
        <table>
          <caption className="hidden">Time of each part</caption>
          <tbody>
            {bars.map((bar) => (
              <tr key={bar.name}>
                <th scope="row">{labels[bar.name] ?? bar.name}</th>
                <td className="track" aria-hidden="true">
                  <span className={bar.name} style={{ left: `${(bar.begin / end) * 100}%`, width: `${Math.max((bar.length / end) * 100, 0.6)}%` }} />
                </td>
                <td className="took">{milliseconds(bar.length)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
