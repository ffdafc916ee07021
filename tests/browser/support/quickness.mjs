// How soon the page answers a click: from the moment of the input to the end of the frame that shows its effect.

/** From now on every click on the page is timed. */
export function measureClicks(page) {
  return page.evaluate(() => {
    window.clickTimes = [];
    const click = (event) => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.clickTimes.push(Math.round(performance.now() - event.timeStamp));
      // The message comes after the frame that begins with this callback was painted.
      requestAnimationFrame(() => channel.port2.postMessage(0));
    };
    window.addEventListener('click', click, { capture: true });
  });
}

/** Clicks, and waits until that click, the n-th, was timed. */
export async function clicked(page, target, n) {
  await target.click();
  await page.waitForFunction((wanted) => window.clickTimes.length >= wanted, n);
}

export async function clickTimes(page) {
  const times = await page.evaluate(() => window.clickTimes);
  const sorted = [...times].sort((a, b) => a - b);
  return { times, median: sorted[Math.floor(sorted.length / 2)], slowest: sorted.at(-1) };
}
