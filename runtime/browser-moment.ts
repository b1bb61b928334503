/**
 * When a page commits what it has prepared: at once, when it is idle, or when somebody says so; never while the application defers.
 * It waits and decides nothing about the release.
 */
import type { Deferral } from './browser-deferral.js';
import { RelupError } from './errors.js';

/** `manual`: not before `upgrade()` is called; the page then only tells that there is a release. */
export type Mode = 'auto' | 'idle' | 'prompt' | 'manual';

/** What is offered to whoever uses the page. */
export interface Offer {
  readonly release: string;
  /** Go to it as soon as nothing defers. */
  accept(): void;
  /** Not now; it is offered again when the page is looked at the next time, or there is a newer one. */
  dismiss(): void;
  /** Settles when what was offered is committed, or is not going to be. */
  readonly ended: Promise<void>;
}

export interface Moment {
  /** Settles when a prepared release may be committed. Errors: DISMISSED, SUPERSEDED. */
  come(release: string, mode: Mode): Promise<void>;
  /** There is a newer release: who waits with an older one stops. */
  supersede(release: string): void;
  /** The upgrade to a release has ended. */
  end(release: string): void;
}

/** Nothing was typed, clicked or scrolled for so long, in ms. */
const quietMs = 1000;

export function createMoment(deferral: Deferral, offer: (offer: Offer) => void): Moment {
  let waiting: { readonly release: string; readonly stop: (error: RelupError) => void } | null = null;
  /** What is on offer, and what says that it has ended. */
  let open: { readonly release: string; readonly end: () => void } | null = null;

  const asked = (release: string): Promise<void> =>
    new Promise((resolve, reject) => {
      open?.end();
      offer({
        release,
        ended: new Promise((end) => (open = { release, end })),
        accept: resolve,
        dismiss: () => reject(new RelupError('DISMISSED', '', `Release ${release} was put off.`, 'It is offered again later. Nothing was changed.')),
      });
    });

  const allowed = async (release: string, mode: Mode): Promise<void> => {
    if (mode === 'prompt') await asked(release);
    do {
      await deferral.free();
      if (mode === 'idle') await idle();
    } while (deferral.isDeferred);
  };

  return {
    async come(release, mode) {
      await new Promise<void>((resolve, reject) => {
        waiting = { release, stop: reject };
        allowed(release, mode).then(resolve, reject);
      }).finally(() => (waiting = null));
    },
    supersede(release) {
      if (waiting && waiting.release !== release) waiting.stop(new RelupError('SUPERSEDED', '', `Release ${release} came before ${waiting.release} was committed.`, 'The newer one is next. Nothing was changed.'));
    },
    end(release) {
      if (open?.release === release) open.end();
    },
  };
}

const inputs = ['pointerdown', 'keydown', 'input', 'wheel', 'touchmove'] as const;

/** Settles when nobody has used the page for a moment, at once where nobody sees it. */
function idle(): Promise<void> {
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout>;
    const again = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => ('requestIdleCallback' in globalThis ? requestIdleCallback(end, { timeout: quietMs }) : end()), quietMs);
    };
    const hidden = (): void => {
      if (document.visibilityState === 'hidden') end();
    };
    const end = (): void => {
      clearTimeout(timer);
      for (const input of inputs) removeEventListener(input, again, true);
      document.removeEventListener('visibilitychange', hidden);
      resolve();
    };
    for (const input of inputs) addEventListener(input, again, { capture: true, passive: true });
    document.addEventListener('visibilitychange', hidden);
    again();
    hidden();
  });
}
