/** The texts on the page whose colour is too near to the ground they stand on (WCAG 2.1, AA: 4.5, large 3). */
export function faintTexts(page) {
  return page.evaluate(() => {
    const channels = (colour) => {
      const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      return { r, g, b, a: a / 255 };
    };
    const over = (top, below) => Object.fromEntries(['r', 'g', 'b'].map((c) => [c, top[c] * top.a + below[c] * (1 - top.a)]).concat([['a', 1]]));
    const ground = (element) => {
      if (!element) return { r: 255, g: 255, b: 255, a: 1 };
      const own = channels(getComputedStyle(element).backgroundColor);
      return own.a >= 0.999 ? own : over(own, ground(element.parentElement));
    };
    const luminance = ({ r, g, b }) => {
      const [x, y, z] = [r, g, b].map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const faint = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      const text = walker.currentNode.data.trim();
      if (!text || !element.checkVisibility({ checkOpacity: true }) || element.closest('noscript, .hidden, .skip, :disabled')) continue;
      const style = getComputedStyle(element);
      const below = ground(element);
      const [light, dark] = [luminance(over(channels(style.color), below)), luminance(below)].sort((a, b) => b - a);
      const ratio = (light + 0.05) / (dark + 0.05);
      const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5)) faint.push(`${ratio.toFixed(2)}: “${text.slice(0, 40)}”`);
    }
    return faint;
  });
}
