/**
 * Addresses of the store's scripts for pages that require trusted types: their content security policy allows `trusted-types relup`.
 */

interface Rules {
  createScriptURL(url: string): string;
}

interface TrustedTypes {
  createPolicy(name: string, rules: Rules): Rules;
}

const stamped = /\/modules\/[0-9a-f]{64}\.js(?:\?again=\d+)?$/;

const rules: Rules = {
  // Whoever gets hold of the policy can load nothing by it but what is named by its hash.
  createScriptURL(url) {
    if (!stamped.test(url)) throw new TypeError(`${url} is no script of a store`);
    return url;
  },
};

/** Made once: a second policy of a name is refused. */
let policy: Rules | undefined;

/** What may be the `src` of a script. Errors: TypeError for what is no script of a store. */
export function scriptUrl(url: string): string {
  policy ??= createPolicy();
  return policy.createScriptURL(url);
}

/** Where the page's policy does not know ours, the element refuses the plain text. */
function createPolicy(): Rules {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  try {
    return trustedTypes?.createPolicy('relup', rules) ?? rules;
  } catch {
    return rules;
  }
}
