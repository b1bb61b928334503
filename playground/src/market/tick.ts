/** What happens at every tick of the market: prices move and subscribers hear of it. */
import { publish } from '../live/publish.js';
import { moveMarket } from './market.js';

export function tick(): void {
  publish('prices', moveMarket());
}
