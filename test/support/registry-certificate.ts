import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** A certificate that is its own authority, with its key. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Makes a certificate that counts from yesterday to tomorrow (RFC 5280, 4.1).
 * @param addresses IPv4 addresses that it is for
 */
export function aCertificate(addresses: readonly string[] = ["127.0.0.1"]): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ecdsaWithSha256 = sequence(Buffer.from("06082a8648ce3d040302", "hex"));
  const name = sequence(der(0x31, sequence(Buffer.from("0603550403", "hex"), der(0x0c, Buffer.from("waybill test")))));
  const day = 24 * 60 * 60 * 1000;
  const time = (at: number): Buffer => der(0x18, Buffer.from(`${new Date(at).toISOString().replace(/\D/g, "").slice(0, 14)}Z`));
  const extensions = sequence(
    // basicConstraints, critical: an authority.
    sequence(Buffer.from("0603551d13", "hex"), Buffer.from("0101ff", "hex"), der(0x04, sequence(Buffer.from("0101ff", "hex")))),
    // subjectAltName: the addresses.
    sequence(
      Buffer.from("0603551d11", "hex"),
      der(0x04, sequence(...addresses.map((address) => der(0x87, Buffer.from(address.split(".").map(Number)))))),
    ),
  );
  const body = sequence(
    der(0xa0, Buffer.from("020102", "hex")),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    name,
    sequence(time(Date.now() - day), time(Date.now() + day)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, extensions),
  );
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign("sha256", body, privateKey)]));
  const encoded =
    sequence(body, ecdsaWithSha256, signature)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${encoded.join("\n")}\n-----END CERTIFICATE-----\n`,
    key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
  };
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}
