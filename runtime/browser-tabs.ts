/**
 * What the pages of one application and origin tell each other: who looked and what there is, and which release failed. Each goes on
 * to check and decide for itself, so that a message can make nobody run anything.
 */
export type TabMessage =
  /** The pointer was read; it names this release. */
  | { readonly type: 'looked'; readonly release: string; readonly isMandatory: boolean }
  /** A release failed. */
  | { readonly type: 'rejected'; readonly release: string };

export interface Tabs {
  tell(message: TabMessage): void;
  close(): void;
}

/** Talk to the other pages. */
export function joinTabs(app: string, hear: (message: TabMessage) => void): Tabs {
  const channel = new BroadcastChannel(`relup:${app}`);
  channel.addEventListener('message', ({ data }: MessageEvent<TabMessage>) => hear(data));
  return { tell: (message) => channel.postMessage(message), close: () => channel.close() };
}
