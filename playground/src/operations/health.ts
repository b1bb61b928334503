/** Whether the service does its work. Asked by load balancers, and by relup while a new release is on probation. */
import { one } from '../database/connection.js';
import { marketMovedAt } from '../market/market.js';
import { faultsWithin } from './metrics.js';

export function checkHealth(): boolean {
  const databaseAnswers = one('SELECT 1') !== null;
  const marketMoves = Date.now() - marketMovedAt() < 2_000;
  return databaseAnswers && marketMoves && faultsWithin(1_000) < 3;
}
