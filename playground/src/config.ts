/** What the environment decides. Functions, so that nothing is baked in while modules load. */

/** 0 lets the system choose a free one. */
export function port(): number {
  return Number(process.env['PORT'] ?? 0);
}

/** Loopback: this is a playground. */
export function hostname(): string {
  return '127.0.0.1';
}

export function dataFile(): string {
  return process.env['DATA_FILE'] ?? 'data/coffee.db';
}

/** Where the customers' page was built to. */
export function pageFolder(): string {
  return process.env['PAGE_DIR'] ?? 'page/dist';
}

/** Whether this process follows the releases beside its bundle. Off for a build without relup. */
export function follows(): boolean {
  return process.env['FOLLOW'] !== 'off';
}

/** How long a new release is watched before it is confirmed. */
export function probationMs(): number {
  return Number(process.env['PROBATION_MS'] ?? 1500);
}

/** Requests a session may make in a second, and at once. */
export function rateLimit(): number {
  return Number(process.env['RATE_LIMIT'] ?? 500);
}
