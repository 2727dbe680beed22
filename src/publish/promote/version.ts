/** Versions that are tried out: a time at the end, or a word that says so. */
const prerelease = /-\d{8}T\d{6}Z$|-(?:dev|alpha|beta|rc)/i;
const version = /^v?\d+\.\d+\.\d+(?:[-+_.].*)?$/;

/** Whether a tag is a version: it names one image for ever. */
export function isVersion(tag: string): boolean {
  return version.test(tag);
}

/** Whether a version is a prerelease; tags that move are left alone by those. */
export function isPrerelease(tag: string): boolean {
  return prerelease.test(tag);
}
