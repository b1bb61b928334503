/** Where the house delivers. */
export function countries(): readonly (readonly [code: string, name: string])[] {
  return [['DE', 'Germany'], ['AT', 'Austria'], ['CH', 'Switzerland'], ['FR', 'France'], ['ES', 'Spain'], ['NL', 'Netherlands'], ['NO', 'Norway']];
}
