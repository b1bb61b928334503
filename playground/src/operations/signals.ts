/** Stops the service when its supervisor, or somebody at the terminal, asks for it, and when the supervisor is gone. */
import { effect } from 'relup';
import { stop } from '../service.js';

const occasions = ['SIGTERM', 'SIGINT', 'disconnect'];

effect(() => {
  const stopAndExit = (): void => {
    // Whoever does not let go within two seconds is cut off.
    setTimeout(() => process.exit(1), 2_000).unref();
    stop(() => process.exit(0));
  };
  for (const occasion of occasions) process.once(occasion, stopAndExit);
  return () => {
    for (const occasion of occasions) process.off(occasion, stopAndExit);
  };
});
