/**
 * A page of components whose state a person would miss: a counter, a typed text, the focus. Knows no framework; each test brings
 * its own components, which show `#count` (adds one when clicked) and `#typed` (an input).
 */
import { poll, type DevPage, type Server } from './dev-page.js';

export class FrameworkPage {
  readonly server: Server;
  readonly page: DevPage;
  #heard = 0;

  private constructor(server: Server, page: DevPage) {
    this.server = server;
    this.page = page;
  }

  static async open(server: Server): Promise<FrameworkPage> {
    const app = new FrameworkPage(server, await server.open());
    await app.page.until(`document.querySelector('#count') !== null`, true);
    return app;
  }

  /** Count to two, type something, and leave the focus in the input. */
  async use(): Promise<void> {
    const { page } = this.page;
    await page.click('#count');
    await page.click('#count');
    await page.fill('#typed', 'typed');
    await page.focus('#typed');
    await this.page.until(`document.querySelector('#count').textContent + document.querySelector('#typed').value`, '2typed');
    this.ran();
    this.page.errors = [];
  }

  /** What is lost by a remount or a reload; `focused` is the id of the element that has the focus. */
  kept(): Promise<unknown> {
    return this.page.value(`({
      count: document.querySelector('#count')?.textContent ?? null,
      typed: document.querySelector('#typed')?.value ?? null,
      focused: document.activeElement?.id ?? '',
    })`);
  }

  /** Bodies of modules that ran since this was asked the last time: what they told by `console.debug('ran <name>')`. */
  ran(): string[] {
    const fresh = this.page.said.slice(this.#heard);
    this.#heard = this.page.said.length;
    return fresh.flatMap((line) => (line.startsWith('debug: ran ') ? [line.slice('debug: ran '.length)] : [])).sort();
  }

  /** Replace a part of a file that must be there. */
  edit(file: string, from: string, to: string): void {
    this.server.edit(file, (text) => {
      if (!text.includes(from)) throw new Error(`${file} has no ${JSON.stringify(from)}:\n${text}`);
      return text.replace(from, to);
    });
  }

  /** Wait until the console says something with a text in it. */
  async hears(text: string): Promise<void> {
    await poll(() => Promise.resolve(this.page.said.some((line) => line.includes(text))), true, () => `that the console says ${JSON.stringify(text)}\n${this.page.describe()}`);
  }

  async text(selector: string): Promise<unknown> {
    return this.page.value(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? null`);
  }
}
