/**
 * Shows the application. The root is state: a new version of this module renders into the one that is there, and as a transition, so that
 * the page goes on meanwhile.
 */
import { StrictMode, startTransition } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { effect, state } from 'relup';
import { App } from './app.js';

const shown = state({ root: null as Root | null });

effect(() => {
  const root = (shown.root ??= createRoot(document.querySelector('#root') as HTMLElement));
  startTransition(() => root.render(<StrictMode><App /></StrictMode>));
});
