import { describe, expect, test } from 'vitest';
import { citedNumbers, decodeEntities, maxCharacters, parseMarkdown, safeTarget } from './markdown';

describe('citations', () => {
  test('are found in text, lists, tables and emphasis', () => {
    expect(citedNumbers('Use `read.csv` [2].\n\n- item **bold [1]**\n\n| a | b |\n|---|---|\n| x | y [3, 4] |')).toEqual([2, 1, 3, 4]);
  });
  test('are not found in code, in escaped brackets, in links or in array indices of code blocks', () => {
    expect(citedNumbers('`x[1]` \\[2\\] [3](https://a.example/)\n\n```\ny[4]\n```')).toEqual([]);
  });
  test('cannot be turned into links by a definition in the text', () => {
    expect(citedNumbers('See [1].\n\n[1]: https://evil.example/')).toEqual([1]);
    expect(JSON.stringify(parseMarkdown('See [1].\n\n[1]: https://evil.example/'))).not.toContain('evil');
  });
  test('side by side without a space are two, not a reference link', () => {
    expect(citedNumbers('Both [1][2].\n\n[2]: https://evil.example/')).toEqual([1, 2]);
  });
  test('stay apart when they stand side by side', () => {
    expect(citedNumbers('Both say so [1] [2], and [3].')).toEqual([1, 2, 3]);
  });
  test('appear as soon as their bracket closes while streaming', () => {
    expect(citedNumbers('Yes [1')).toEqual([]);
    expect(citedNumbers('Yes [1]')).toEqual([1]);
  });
});

describe('safeTarget', () => {
  test('keeps web addresses', () => {
    expect(safeTarget('https://cran.r-project.org/a?b=1&amp;c=2')).toBe('https://cran.r-project.org/a?b=1&c=2');
    expect(safeTarget('HTTP://example.org')).toBe('http://example.org/');
  });
  for (const bad of [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'java&#10;script:alert(1)',
    '&#106;avascript:alert(1)',
    '&#x6A&#x61;vascript:alert(1)',
    '\u0001javascript:alert(1)',
    '\u200bjavascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:msgbox(1)',
    'mailto:someone@example.org',
    'file:///etc/passwd',
    'blob:https://a/b',
    '//evil.example/',
    '/api/documents',
    'https://bank.example@evil.example/',
    'https://',
  ]) {
    test(`refuses ${JSON.stringify(bad)}`, () => expect(safeTarget(bad)).toBeUndefined());
  }
});

describe('entities', () => {
  test('are decoded once and never into nothing', () => {
    expect(decodeEntities('a &lt; b &amp;lt; &#x1F600; &#0; &nope;')).toBe('a < b &lt; 😀 \ufffd &nope;');
  });
});

describe('size limits', () => {
  const within = (text: string) => {
    const begin = performance.now();
    parseMarkdown(text);
    return performance.now() - begin;
  };
  for (const [name, text] of Object.entries({
    'ten thousand nested quotes': '>'.repeat(10_000) + ' x',
    'ten thousand nested list marks': '- '.repeat(10_000) + 'x',
    'ten thousand open brackets': '['.repeat(10_000),
    'ten thousand stars': '*'.repeat(10_000) + 'x',
    'a million line ends': '\n'.repeat(1_000_000),
    'ten megabytes of one word': 'a'.repeat(10_000_000),
    'emphasis opened and never closed': '*a _b '.repeat(16_000),
    'emphasis in many paragraphs': ('*a _b '.repeat(200) + '\n\n').repeat(80),
    'backquotes of every length': Array.from({ length: 400 }, (_, i) => '`'.repeat(i) + 'x').join(' '),
    'tables of pipes': '|'.repeat(50_000) + '\n' + '|-'.repeat(25_000),
    'open tags': '<a '.repeat(30_000),
    'open comments': '<!--'.repeat(20_000),
    'autolinks': 'http://a.b/('.repeat(8_000),
    'deep lists by indentation': Array.from({ length: 300 }, (_, i) => ' '.repeat(i * 2) + '- x').join('\n'),
    'addresses without end': 'a@'.repeat(50_000),
    'open images': '!['.repeat(20_000),
  })) {
    test(`${name} parse in bounded time`, () => expect(within(text)).toBeLessThan(500));
  }
  test('a text over the limit is cut and says so', () => {
    expect(JSON.stringify(parseMarkdown('word '.repeat(maxCharacters)))).toContain('the rest is not shown');
  });
});
