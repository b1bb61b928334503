/** The release that runs, and how it came. */
import { useEffect, useState } from 'react';
import { current, subscribe } from 'relup/runtime';
import { sentenceOf } from './sentence.js';

export function ReleaseName() {
  const [last, setLast] = useState('');
  useEffect(() => subscribe(event => setLast(before => sentenceOf(event) ?? before)), []);
  return <>{releaseName()} {last}</>;
}

function releaseName(): string {
  try {
    return `Release ${current().release.slice(0, 8)}`;
  } catch {
    return 'Built without relup';
  }
}
