// What a tab does to a conversation, the other tabs of this browser hear, and read it from the server.

const tabs = new BroadcastChannel('docmind.conversations');

export function tellTabs(session: string): void {
  tabs.postMessage({ session });
}

export function onTabsTell(hear: (session: string) => void): void {
  tabs.onmessage = (event: MessageEvent<{ session?: unknown }>) => hear(String(event.data.session ?? ''));
}
