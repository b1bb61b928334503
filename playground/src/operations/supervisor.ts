/** Speaks to the process that started this one, if it listens (`fork`), and otherwise to the terminal. */
export function announce(message: { readonly kind: string; readonly port?: number }): void {
  if (process.send) process.send(message);
  else if (message.port !== undefined) console.log(`Listening on http://127.0.0.1:${message.port}`);
}
