/** The form of who is not signed in. A playground asks for no password. */
import { useState, type FormEvent } from 'react';
import { openSession } from '../api/sessions.js';
import type { Customer } from '../api/types.js';
import { countries } from './countries.js';
import { Field } from './field.js';
import { beginSession } from './session.js';

export function SignIn() {
  const [problem, setProblem] = useState('');
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const customer = Object.fromEntries(new FormData(event.currentTarget)) as unknown as Customer;
    openSession(customer).then(beginSession, error => setProblem(String(error)));
  };
  return (
    <form className="sign-in" onSubmit={submit}>
      <h1>Green coffee</h1>
      <Field label="Roastery"><input name="customer" required autoFocus defaultValue="morgenrot" /></Field>
      <Field label="Country"><select name="country">{countries().map(([code, name]) => <option key={code} value={code}>{name}</option>)}</select></Field>
      <Field label="Loyalty"><select name="loyalty"><option>none</option><option>silver</option><option>gold</option></select></Field>
      <button>Trade</button>
      {problem && <p role="alert">{problem}</p>}
    </form>
  );
}
