import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Quotation } from './quotation';

let root: Root;
let place: HTMLElement;
let height: number;

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  height = 400;
  vi.spyOn(Element.prototype, 'scrollHeight', 'get').mockImplementation(() => height);
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockImplementation(() => Math.min(height, 150));
  place = document.body.appendChild(document.createElement('div'));
  root = createRoot(place);
});

afterEach(() => {
  act(() => root.unmount());
  place.remove();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const draw = (words: string) => act(() => root.render(<Quotation words={<p>{words}</p>} origin={<p>a.pdf</p>} />));
const button = () => place.querySelector('button');
const text = () => place.querySelector('.quotation-words') as HTMLElement;

test('a long quotation is folded, and stays unfolded while more of the answer comes', () => {
  draw('long');
  expect(button()?.textContent).toBe('Show more');
  expect(button()?.getAttribute('aria-expanded')).toBe('false');
  expect(button()?.getAttribute('aria-controls')).toBe(text().id);
  expect(text().dataset['cutBelow']).toBe('true');
  act(() => button()!.click());
  expect(button()?.textContent).toBe('Show less');
  draw('longer');
  expect(text().dataset['open']).toBe('true');
  act(() => button()!.click());
  expect(text().dataset['open']).toBe('false');
});

test('a short quotation has nothing to unfold', () => {
  height = 60;
  draw('short');
  expect(button()).toBeNull();
  expect(place.querySelector('footer')?.textContent).toBe('a.pdf');
});

test('where it stands is never folded away', () => {
  draw('long');
  expect(text().contains(place.querySelector('footer'))).toBe(false);
});
