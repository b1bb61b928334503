/**
 * What the right answer is, written a second time and independently of the service. Pure.
 * A quote must be exactly what one release computes from its own spot prices: a mixture of two is wrong.
 */

/** Lots by SKU that the load buys: base price in cents and whether the crop is of an earlier year. */
export const lots = {
  'ET-YIR': { base: 61_200, old: false },
  'ET-GUJ': { base: 58_400, old: true },
  'KE-NYE': { base: 72_900, old: false },
  'CO-NAR': { base: 50_700, old: true },
  'BR-CER': { base: 33_900, old: false },
  'YE-HAR': { base: 139_500, old: true },
};

/** Searches of which the answer never changes. */
export const searches = [
  ['kenya', ['KE-KIA', 'KE-NYE']],
  ['tarrazu', ['CR-TAR']],
  ['washed jasmine', ['ET-YIR', 'PA-BOQ']],
  ['naturel', []],
];

const vat = { DE: 700, NL: 900, AT: 1_000, FR: 550, ES: 1_000, IE: 0, CH: 0, NO: 0 };
const loyal = { none: 0, silver: 100, gold: 250 };
const carriage = {
  DE: [9_000, 350], NL: [9_000, 350], AT: [11_000, 420], FR: [11_000, 420],
  CH: [14_000, 510], ES: [14_000, 480], IE: [16_000, 560], NO: [18_000, 610],
};

const first = { tiers: [[50, 800], [25, 500], [10, 300]], days: 30, carriage, notes: false };
const second = { ...first, tiers: [[50, 1_000], [25, 600], [10, 300]], days: 14 };
const third = { ...second, notes: true };
const sixth = { ...third, carriage: { ...carriage, NO: [15_000, 520] } };

/** What each release that answers computes. The fifth is the third where it answers at all. */
export const releases = { 1: first, 2: second, 3: third, 6: sixth };

/** Numbers of the releases whose quote for a cart would be exactly `quote`. */
export function releasesOfQuote(quote, customer, cart) {
  const spots = new Map(quote.lines?.map(line => [line.sku, line.spot]));
  for (const [sku, spot] of spots) {
    const base = lots[sku]?.base;
    if (!(spot >= Math.round(base * 0.95) && spot <= Math.round(base * 1.05))) return [];
  }
  const text = JSON.stringify(quote);
  return numbers().filter(number => JSON.stringify(quoteOf(releases[number], customer, cart, spots)) === text);
}

/** Numbers of the releases that would show a cart as `lines`. */
export function releasesOfCart(lines, cart) {
  const text = JSON.stringify(lines);
  return numbers().filter(number => JSON.stringify(linesOf(releases[number], cart)) === text);
}

function numbers() {
  return Object.keys(releases).map(Number);
}

function linesOf({ notes }, cart) {
  return [...cart].map(([sku, { bags, note }]) => (notes ? { sku, bags, note } : { sku, bags }));
}

function quoteOf(rules, customer, cart, spots) {
  const lines = linesOf(rules, cart).map(line => {
    const spot = spots.get(line.sku);
    const adjustments = [];
    let net = line.bags * spot;
    const adjust = (rule, cents) => {
      if (cents === 0) return;
      adjustments.push({ rule, cents });
      net += cents;
    };
    adjust('volume', -share(net, rules.tiers.find(([bags]) => line.bags >= bags)?.[1] ?? 0));
    adjust('harvest', -share(net, lots[line.sku].old ? 500 : 0));
    adjust('loyalty', -share(net, loyal[customer.loyalty]));
    adjust('single bag', line.bags === 1 ? 1_500 : 0);
    return { ...line, spot, adjustments, net };
  });
  const goods = lines.reduce((total, line) => total + line.net, 0);
  const bags = lines.reduce((total, line) => total + line.bags, 0);
  const [base, perBag] = rules.carriage[customer.country];
  const freight = bags === 0 ? 0 : base + perBag * bags;
  const tax = share(goods + freight, vat[customer.country]);
  return {
    customer: customer.id, lines, goods, freight, tax, total: goods + freight + tax,
    terms: customer.loyalty === 'none' ? 'in advance' : `net ${rules.days} days`,
  };
}

function share(cents, basisPoints) {
  return Math.floor((cents * basisPoints + 5_000) / 10_000);
}
