import { createCA, createCert } from "mkcert";

/** PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** PEM text: whoever trusts it trusts what it issued. */
  readonly ca: string;
  /** A certificate for these host names or addresses, good for a server and for a client. */
  issue(...names: string[]): Promise<Certificate>;
}

const VALID_DAYS = 2;

/** A certificate authority of its own, for one test. */
export async function createAuthority(organization = "Vigia's tests"): Promise<Authority> {
  const place = { countryCode: "ES", state: "Madrid", locality: "Madrid" };
  const ca = await createCA({ organization, ...place, validity: VALID_DAYS });
  return {
    ca: ca.cert,
    issue: (...domains) => createCert({ ca, domains, validity: VALID_DAYS }),
  };
}
