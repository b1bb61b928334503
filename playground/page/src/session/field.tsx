/** A labelled control. */
import type { ReactNode } from 'react';

export function Field({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return <label className="field"><span>{label}</span>{children}</label>;
}
