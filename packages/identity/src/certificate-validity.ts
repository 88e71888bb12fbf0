import type { X509Certificate } from 'node:crypto';

const hour = 3_600_000;
const day = 24 * hour;

/** How long a self-signed certificate is valid: browsers accept at most 14 days (WebTransport, `serverCertificateHashes`). */
export const selfSignedLifetime = 13 * day;
/** How far the clocks of peers may lag behind ours without our new certificate being refused as not valid yet. */
const skewAllowance = hour;
/** A self-signed certificate is re-issued when it has less than this to live. */
const renewalMargin = 3 * day;

/** When a certificate is valid, in milliseconds since the Unix epoch, both ends included. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** The validity of a self-signed certificate issued at `wallTime`. Whole seconds: X.509 knows no finer time. */
export function selfSignedValidity(wallTime: number): Validity {
  return validityFrom(wallTime, selfSignedLifetime);
}

/** A validity of `lifetime` milliseconds that begins a little before `wallTime`, to allow for slow clocks. */
export function validityFrom(wallTime: number, lifetime: number): Validity {
  const notBefore = Math.floor((wallTime - skewAllowance) / 1000) * 1000;
  return { notBefore, notAfter: notBefore + Math.floor(lifetime / 1000) * 1000 };
}

/** Whether a self-signed certificate should be re-issued: its end is near, or it begins in the future since the clock was wrong. */
export function needsRenewal({ notBefore, notAfter }: Validity, wallTime: number): boolean {
  return wallTime < notBefore || wallTime >= notAfter - renewalMargin;
}

/** Reads a certificate's validity. */
export function validityOf(certificate: X509Certificate): Validity {
  return {
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
  };
}
