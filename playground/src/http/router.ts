/**
 * Answers requests by the routes that are mounted. Hono compiles its routes with the first request, so
 * other routes mean another Hono: whoever mounts gets a new one. Sockets and keep-alive connections do not notice.
 */
import { Hono } from 'hono';
import { state } from 'relup';
import type { Service } from './service-env.js';

type Register = (app: Hono<Service>) => void;

const router = state({ register: null as Register | null, app: null as Hono<Service> | null });

/** Answers with these routes from now on, until they are unmounted. */
export function mount(register: Register): () => void {
  router.register = register;
  router.app = null;
  return () => {
    if (router.register === register) router.register = router.app = null;
  };
}

export function answer(request: Request): Response | Promise<Response> {
  router.app ??= build();
  return router.app.fetch(request);
}

function build(): Hono<Service> {
  const app = new Hono<Service>();
  router.register?.(app);
  return app;
}
