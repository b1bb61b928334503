/**
 * The entry. It names what runs in this process and has no behaviour of its own, so that a release may add to the list.
 * What each module starts, it declares as an effect.
 */
import './http/routes.js';
import './jobs/clock.js';
import './live/heartbeat.js';
import './market/ticker.js';
import './operations/audit-flush.js';
import './operations/signals.js';
import './sessions/sweeper.js';
import './service.js';
