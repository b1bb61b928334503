/** The rows that a new database starts with. Prices are cents for a bag of 60 kg. */
import type { Product } from '../catalogue/product.js';
import type { Customer } from '../customers/customer.js';

export function sampleProducts(): Product[] {
  return [
    lot('ET-YIR', 'Yirgacheffe Kochere', 'Ethiopia', 2026, 61_200, 'washed, jasmine and bergamot'),
    lot('ET-GUJ', 'Guji Hambela', 'Ethiopia', 2025, 58_400, 'natural, strawberry and cocoa'),
    lot('KE-NYE', 'Nyeri AA', 'Kenya', 2026, 72_900, 'washed, blackcurrant and tomato'),
    lot('KE-KIA', 'Kiambu Peaberry', 'Kenya', 2025, 66_100, 'washed, grapefruit and tea'),
    lot('RW-HUY', 'Huye Mountain', 'Rwanda', 2026, 54_300, 'washed, orange and honey'),
    lot('BI-KAY', 'Kayanza Gatare', 'Burundi', 2025, 49_800, 'honey, fig and caramel'),
    lot('CO-HUI', 'Huila Pitalito', 'Colombia', 2026, 47_600, 'washed, red apple and panela'),
    lot('CO-NAR', 'Nariño Buesaco', 'Colombia', 2025, 50_700, 'washed, lime and caramel'),
    lot('BR-CER', 'Cerrado Mineiro', 'Brazil', 2026, 33_900, 'natural, hazelnut and chocolate'),
    lot('BR-MOG', 'Mogiana Yellow Bourbon', 'Brazil', 2025, 35_500, 'pulped natural, almond and honey'),
    lot('GT-ANT', 'Antigua Pastores', 'Guatemala', 2026, 52_200, 'washed, cocoa and orange'),
    lot('GT-HUE', 'Huehuetenango', 'Guatemala', 2025, 51_400, 'washed, plum and toffee'),
    lot('CR-TAR', 'Tarrazú La Pastora', 'Costa Rica', 2026, 53_700, 'honey, apricot and sugar cane'),
    lot('PA-BOQ', 'Boquete Geisha', 'Panama', 2026, 184_000, 'washed, jasmine and peach'),
    lot('ID-GAY', 'Gayo Highland', 'Indonesia', 2025, 44_900, 'wet hulled, cedar and spice'),
    lot('YE-HAR', 'Haraaz Red', 'Yemen', 2025, 139_500, 'natural, raisin and cardamom'),
  ];
}

export function sampleCustomers(): Customer[] {
  return [
    { id: 'morgenrot', name: 'Rösterei Morgenrot', country: 'DE', loyalty: 'gold' },
    { id: 'passeig', name: 'Tostadors del Passeig', country: 'ES', loyalty: 'silver' },
    { id: 'fjord', name: 'Fjord Kaffebrenneri', country: 'NO', loyalty: 'gold' },
    { id: 'kanal', name: 'Kanal Koffie', country: 'NL', loyalty: 'none' },
    { id: 'lumiere', name: 'Café Lumière', country: 'FR', loyalty: 'silver' },
    { id: 'edelweiss', name: 'Edelweiss Kaffee', country: 'CH', loyalty: 'none' },
    { id: 'donau', name: 'Donau Rösterei', country: 'AT', loyalty: 'none' },
    { id: 'harbour', name: 'Harbour Roasters', country: 'IE', loyalty: 'gold' },
  ];
}

function lot(sku: string, name: string, origin: string, cropYear: number, basePrice: number, description: string): Product {
  return { sku, name, origin, cropYear, basePrice, description };
}
