/**
 * The prompt of the mode `prompt` where the application brings none: a small region that is announced, can be reached by keyboard and
 * takes no focus. In a shadow root, with a constructed style sheet, so that neither the page's styles nor its policy meet it.
 */
import type { Offer } from './browser-moment.js';

const sheet = `:host { all: initial; position: fixed; inset-block-end: 1rem; inset-inline-end: 1rem; z-index: 2147483647; }
div { display: flex; gap: .75rem; align-items: center; padding: .75rem 1rem; border-radius: .5rem; background: #1f2328; color: #fff; font: 14px/1.4 system-ui, sans-serif; box-shadow: 0 4px 16px #0006; }
button { font: inherit; padding: .25rem .75rem; border-radius: .375rem; border: 1px solid #fff6; background: none; color: inherit; cursor: pointer; }
button:first-of-type { background: #fff; color: #1f2328; }
progress { width: 6rem; accent-color: #58a6ff; }
button:focus-visible { outline: 2px solid #58a6ff; outline-offset: 2px; }`;

/** Offer a release. Once it is accepted it is shown to be on its way; it goes when that has ended, when it is put off, or when another one is offered. */
export function showToast({ accept, dismiss, ended }: Offer): void {
  document.querySelector('relup-toast')?.remove();
  const host = document.createElement('relup-toast');
  const root = host.attachShadow({ mode: 'open' });
  const styles = new CSSStyleSheet();
  styles.replaceSync(sheet);
  root.adoptedStyleSheets = [styles];
  const region = document.createElement('div');
  region.setAttribute('role', 'status');
  const text = document.createElement('span');
  const answer = (label: string, then: () => void): HTMLButtonElement => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = label;
    button.addEventListener('click', then);
    return button;
  };
  const remove = (): void => host.remove();
  const update = (): void => {
    // It may wait until the application allows it.
    text.textContent = 'Updating …';
    region.replaceChildren(text, document.createElement('progress'));
    accept();
  };
  const putOff = (): void => {
    remove();
    dismiss();
  };
  void ended.then(remove);
  region.append(text, answer('Update', update), answer('Later', putOff));
  root.append(region);
  document.body.append(host);
  // What is there from the start is not announced.
  requestAnimationFrame(() => (text.textContent ||= 'A new version is ready.'));
}
