import { asError } from "../errors.ts";

/** Node's and OpenSSL's words for a certificate that is not accepted. */
const NOT_TRUSTED = new Set([
  ...["SELF_SIGNED_CERT_IN_CHAIN", "DEPTH_ZERO_SELF_SIGNED_CERT", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ...["UNABLE_TO_GET_ISSUER_CERT", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "CERT_SIGNATURE_FAILURE", "CERT_UNTRUSTED"],
]);

/**
 * What to do about a connection that TLS refused, or undefined where the error is another. `server` is what its settings
 * begin with: `DATABASE`, `REDIS` or `NATS`.
 */
export function tlsAdvice(server: string, thrown: unknown): string | undefined {
  const error = asError(thrown);
  const code = "code" in error ? String(error.code) : "";
  const say = (advice: string) => `${server}_URL: ${error.message}. ${advice}`;
  if (NOT_TRUSTED.has(code)) {
    return say(`Its certificate is of an authority that is not trusted: name the right one in ${server}_TLS_CA_FILE`);
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return say(`Its certificate is for another name: use one of its names in ${server}_URL, or give it this one`);
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") return say("Renew it, and look at both clocks");
  if (/certificate.required|bad.certificate|unknown.ca|HANDSHAKE_FAILURE/i.test(`${code} ${error.message}`)) {
    return say(`It wants our certificate: give it in ${server}_TLS_CERT_FILE and ${server}_TLS_KEY_FILE`);
  }
  if (/does not support ('tls'|SSL)|wrong version number/i.test(error.message)) {
    return say("It offers no TLS: turn it on there; this service does not go on without");
  }
  return error.cause === undefined ? undefined : tlsAdvice(server, error.cause);
}
