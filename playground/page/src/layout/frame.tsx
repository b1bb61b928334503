/** What is around every page. */
import type { ReactNode } from 'react';
import type { Session } from '../api/types.js';
import { ReleaseName } from '../releases/release-name.js';
import { Navigation } from './navigation.js';
import { OnlineMark } from './online-mark.js';

export function Frame({ session, children }: { readonly session: Session; readonly children: ReactNode }) {
  return (
    <>
      <header><strong>Green coffee</strong><Navigation /><span className="who"><OnlineMark /> {session.customer.id}</span></header>
      {children}
      <footer><ReleaseName /></footer>
    </>
  );
}
