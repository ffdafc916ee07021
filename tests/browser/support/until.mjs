/** Asks `condition` until it gives something true, which is returned. A test waits for what it means, never for a time. */
export async function until(condition, what, timeout = 30_000) {
  const end = performance.now() + timeout;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > end) throw new Error(`waited ${timeout / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
