/**
 * The peer of a dev server in a page or a module worker. Artifacts run as inline scripts that register their module and are
 * removed again (a worker, which has none, evaluates them), so that replaced versions can be collected. The overlay is Vite's.
 */
import { createDevPeer, settled, takeRegistered, type Channel, type DevHost, type DevOptions } from './dev.js';
import type { DevArtifact, DevProblem } from './dev-protocol.js';
import { define, runtime } from './main.js';
import { names } from './names.js';
import type { LoadedArtifact } from './prepare.js';

export { define, runtime };

/** What Vite gives a module as `import.meta.hot`, as far as it is needed here. */
interface HotContext {
  on(event: string, listener: (data: never) => unknown): void;
  send(event: string, data: unknown): void;
}

export interface BrowserDevOptions extends DevOptions {
  readonly hot: HotContext;
  /** Vite's client, which shows errors and makes connections; `again` differs at each call. */
  importClient(again: number): Promise<{ createHotContext(path: string): HotContext }>;
  importUrl(url: string): Promise<unknown>;
  /** URL by which a cold module is imported, by its key. */
  coldUrl(key: string): string;
  /** URL of the server, for asking whether it is there. */
  readonly base: string;
  readonly overlay: boolean;
}

const hasPage = 'document' in globalThis;
const noted = 'relup:reload';

/** Begin to be upgraded by the dev server. */
export function start({ hot, importClient, importUrl, coldUrl, base, overlay, ...options }: BrowserDevOptions): void {
  const firstLoad = watchFirstLoad();
  tellWhyReloaded();
  let shown: DevProblem | null = null;
  const host: DevHost = {
    run: hasPage ? runScript : runText,
    importCold: async (key) => ((await importUrl(coldUrl(key))) as { default: unknown }).default,
    loaded: (hasPage ? pageLoaded() : settled(runtime)).then(firstLoad.ended),
    failed: () => firstLoad.scripts.map((url) => decodeURI(new URL(url).pathname).slice(base.length)),
    show(problem) {
      shown = problem;
      console.error(`[relup] ${problem.message}${problem.frame ? `\n${problem.frame}` : ''}`);
      if (overlay) showOverlay(problem);
    },
    clear() {
      shown = null;
      if (firstLoad.isBroken()) reload('its first load failed, and what it failed of is mended');
      else closeOverlay();
    },
    reload,
  };
  const peer = createDevPeer(runtime, host, options);
  let again = 0;
  const connect = (context: HotContext): void => {
    // Vite's client waits for its listeners before it begins to poll and reloads the page. This one never answers: the page stays.
    context.on('vite:ws:disconnect', () => {
      void reconnect();
      return new Promise(() => {});
    });
    // Before it updates a style sheet it takes any overlay away, or, the first time, loads the page again for it.
    context.on('vite:beforeUpdate', () => {
      if (shown) closeOverlay();
    });
    context.on('vite:afterUpdate', () => {
      if (shown && overlay) showOverlay(shown);
    });
    peer.connect(channelOf(context));
  };
  const reconnect = async (): Promise<void> => {
    await serverAnswers(base);
    // A connection of its own comes with each copy of Vite's client.
    connect((await importClient(++again)).createHotContext(`/@relup/peer/${again}`));
  };
  connect(hot);
}

const channelOf = (context: HotContext): Channel => ({
  send: (event, data) => context.send(event, data),
  on: (event, listener) => context.on(event, listener),
});

async function serverAnswers(base: string): Promise<void> {
  for (;;) {
    const answer = await fetch(base, { headers: { accept: 'text/x-vite-ping' } }).catch(() => null);
    if (answer?.status === 204 || answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

const pageLoaded = async (): Promise<void> => {
  if (document.readyState !== 'complete') await new Promise((resolve) => addEventListener('load', resolve, { once: true }));
  await settled(runtime);
};

/** Whether the page's own scripts failed before they ran: then there is nothing to upgrade. */
function watchFirstLoad(): { readonly scripts: readonly string[]; isBroken(): boolean; ended(): void } {
  /** URLs of those that could not be had, or something below them. */
  const scripts: string[] = [];
  let failed = false;
  if (hasPage) addEventListener('error', ({ target }) => void (target instanceof HTMLScriptElement && target.type === 'module' && scripts.push(target.src)), true);
  return {
    scripts,
    isBroken: () => failed || scripts.length > 0,
    ended: () => void (failed ||= [...runtime.records.values()].some(({ current }) => current.failure)),
  };
}

function showOverlay(problem: DevProblem): void {
  closeOverlay();
  const Overlay = hasPage ? (customElements.get('vite-error-overlay') as (new (problem: DevProblem) => HTMLElement) | undefined) : undefined;
  if (Overlay) document.body.append(new Overlay(problem));
}

function closeOverlay(): void {
  if (hasPage) for (const shown of document.querySelectorAll<HTMLElement & { close(): void }>('vite-error-overlay')) shown.close();
}

function reload(reason: string): void {
  console.warn(`[relup] This ${hasPage ? 'page is loaded again' : 'worker cannot go on'}: ${reason}.`);
  if (!hasPage) return;
  sessionStorage.setItem(noted, reason);
  location.reload();
}

function tellWhyReloaded(): void {
  const reason = hasPage ? sessionStorage.getItem(noted) : null;
  if (reason === null) return;
  sessionStorage.removeItem(noted);
  console.warn(`[relup] The page was loaded again: ${reason}.`);
}

/** A script that registers its module while it is put into the page. */
function runScript(artifact: DevArtifact): LoadedArtifact {
  return registered(artifact, () => {
    const script = document.createElement('script');
    script.nonce = document.querySelector<HTMLElement>('meta[property="csp-nonce"], script[nonce]')?.nonce ?? '';
    script.textContent = artifact.code;
    let thrown: unknown;
    const see = (event: ErrorEvent): void => {
      thrown = event.error ?? new Error(event.message);
      event.preventDefault();
    };
    addEventListener('error', see);
    document.head.append(script);
    script.remove();
    removeEventListener('error', see);
    if (thrown) throw thrown;
  });
}

const runText = (artifact: DevArtifact): LoadedArtifact => registered(artifact, () => void (0, eval)(artifact.code));

function registered(artifact: DevArtifact, run: () => void): LoadedArtifact {
  const realm = globalThis as unknown as Record<string, unknown>;
  const meta = { url: new URL(String(artifact.meta['url']), location.href).href };
  return takeRegistered({ ...artifact, meta }, (register) => {
    realm[names.register] = register;
    try {
      run();
    } finally {
      delete realm[names.register];
    }
  });
}
