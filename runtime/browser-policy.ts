/**
 * Addresses of the store's scripts for pages that require trusted types: their content security policy allows `trusted-types relup`.
 */

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

const stamped = /\/modules\/[0-9a-f]{64}\.js(?:\?again=\d+)?$/;

/** Made once: a second policy of a name is refused. */
let policy: ReturnType<TrustedTypes['createPolicy']> | null | undefined;

/** What `script.src` takes. Where the page allows no policy it is the plain address, which is enough unless trusted types are required. */
export function scriptUrl(url: string): string {
  if (policy === undefined) policy = createPolicy();
  return policy ? policy.createScriptURL(url) : url;
}

function createPolicy(): typeof policy {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  try {
    return trustedTypes?.createPolicy('relup', {
      // Whoever gets hold of the policy can load nothing by it but what is named by its hash.
      createScriptURL(url) {
        if (!stamped.test(url)) throw new TypeError(`${url} is no script of a store`);
        return url;
      },
    }) ?? null;
  } catch {
    return null;
  }
}
