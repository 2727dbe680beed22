// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Dockerfiles write variables
import type { RuntimeConfig } from "../../../src/oci/index.ts";
import { type RawEntry, rawTar } from "../../support/base-image.ts";
import type { ContextFiles } from "../../support/context.ts";
import { archiveCases, capability, refusedArchives } from "./archive-cases.ts";
import { hardLinkCases, refusedLinks } from "./hard-link-cases.ts";

/** One build that both engines are asked for. `base` is the name of an image that is there. */
export interface AssembleCase {
  readonly name: string;
  readonly dockerfile: string;
  readonly files?: ContextFiles;
  readonly ignore?: string;
  readonly target?: string;
  readonly args?: Readonly<Record<string, string>>;
  /** Why assemble refuses it and BuildKit does not. */
  readonly stricter?: string;
  /** Paths in which assemble differs on purpose. */
  readonly differs?: { readonly paths: RegExp; readonly why: string };
}

/** The layers of the image called `base`. */
export const baseLayers: readonly (readonly RawEntry[])[] = [
  [
    { name: "etc/", type: "directory", mode: 0o755 },
    { name: "etc/passwd", content: "root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\nother:x:2000:2000::/:/bin/sh\n" },
    { name: "etc/group", content: "root:x:0:\nstaff:x:50:\napp:x:1001:\n" },
    { name: "usr/", type: "directory", mode: 0o755 },
    { name: "usr/bin/", type: "directory", mode: 0o755 },
    { name: "usr/bin/tool", content: "tool", mode: 0o755, uid: 3, gid: 4 },
    { name: "usr/bin/twin", type: "link", linkname: "usr/bin/tool", mode: 0o755, uid: 3, gid: 4 },
    { name: "usr/bin/capable", content: "capable", pax: { "SCHILY.xattr.security.capability": capability.toString() } },
    { name: "bin", type: "symlink", linkname: "usr/bin", mode: 0o777 },
    { name: "srv/", type: "directory", mode: 0o700, uid: 7, gid: 8 },
    { name: "srv/gone", content: "gone" },
    { name: "srv/kept", content: "kept", mode: 0o600, uid: 7, gid: 8 },
    { name: "home/", type: "directory", mode: 0o755 },
    { name: "home/app/", type: "directory", mode: 0o750, uid: 1000, gid: 1001 },
    { name: "var/", type: "directory", mode: 0o755 },
    { name: "var/away/", type: "directory", mode: 0o755 },
    { name: "var/away/old", content: "old" },
    { name: "abs", type: "symlink", linkname: "/var/away", mode: 0o777 },
    { name: "sticky/", type: "directory", mode: 0o1777 },
  ],
  [
    { name: "srv/", type: "directory", mode: 0o700, uid: 7, gid: 8 },
    { name: "srv/.wh.gone" },
    { name: "var/away/", type: "directory", mode: 0o755 },
    { name: "var/away/.wh..wh..opq" },
    { name: "var/away/new", content: "new" },
  ],
];

/** How the image called `base` runs. */
export const baseConfig: RuntimeConfig = {
  Env: ["PATH=/usr/bin", "BASE=yes", "EMPTY="],
  Cmd: ["tool"],
  WorkingDir: "/srv",
  User: "app",
  Labels: { from: "base" },
  ExposedPorts: { "80/tcp": {} },
  Volumes: { "/data": {} },
  OnBuild: ["ENV TRIGGERED=yes", "COPY a.txt /triggered/"],
};

const tree: ContextFiles = {
  "a.txt": "a",
  "b.txt": "b",
  "run.sh": { content: "#!/bin/sh\n", mode: 0o755 },
  "dir/one.txt": "one",
  "dir/sub/two.txt": { content: "two", mode: 0o600 },
  "dir/sub/three.md": "three",
  "dir/empty": { directory: true, mode: 0o700 },
  link: { link: "a.txt" },
  dirlink: { link: "dir" },
  dangling: { link: "nowhere" },
  "dir/up": { link: "../a.txt" },
  "clash/one.txt/deep": "clash",
  "with space.txt": "space",
  "ünï.txt": "unicode",
};

const scratch = (name: string, body: string, more: Partial<AssembleCase> = {}): AssembleCase => ({
  name,
  // BuildKit writes no list where there are no layers.
  dockerfile: `FROM scratch\nCOPY a.txt /\n${body}\n`,
  files: tree,
  ...more,
});
const upon = (name: string, body: string, more: Partial<AssembleCase> = {}): AssembleCase => ({
  name,
  dockerfile: `FROM base\n${body}\n`,
  files: tree,
  ...more,
});

const archive = await rawTar([
  { name: "top/", type: "directory", mode: 0o711, uid: 3, gid: 4 },
  { name: "./top/file", content: "file", mode: 0o750, uid: 5, gid: 6 },
  { name: "top/link", type: "symlink", linkname: "file" },
  { name: "top/twin", type: "link", linkname: "top/file", mode: 0o750, uid: 5, gid: 6 },
  { name: "lone/deep/file", content: "lone" },
  { name: "run", content: "first" },
  { name: "run", content: "second" },
]);

export const assembleCases: readonly AssembleCase[] = [
  scratch("everything", "COPY . /"),
  scratch("a directory's content, into one that is new", "COPY dir /target"),
  scratch("a directory with a slash, into one with a slash", "COPY dir/ /target/"),
  scratch("a file to a name, and into a directory", "COPY a.txt /x/y/z\nCOPY a.txt /x/y/\nCOPY a.txt b.txt /several/"),
  scratch(
    "globs",
    "COPY *.txt /txt/\nCOPY dir/*/*.txt /deep/\nCOPY [ab].txt /class/\nCOPY ?.txt /any/\nCOPY dir/s* /sub/\nCOPY d*/one.txt /one/",
  ),
  scratch(
    "a file over a file, and directories that merge",
    "COPY a.txt /x\nCOPY run.sh /x\nCOPY dir /d\nCOPY dir/sub /d\nCOPY a.txt /d/sub/",
  ),
  scratch("links as sources", "COPY link /copied\nCOPY link /into/\nCOPY dirlink /followed\nCOPY dirlink/one.txt /through\nCOPY dir /kept"),
  scratch("modes", "COPY --chmod=640 a.txt /a\nCOPY --chmod=0700 dir /d\nCOPY --chmod=4755 run.sh /setuid\nCOPY run.sh /run"),
  scratch("symbolic modes", "COPY --chmod=u+x,go-r a.txt /a\nCOPY --chmod=u=rwX,go=rX dir /d\nCOPY --chmod=a+w dir /w"),
  scratch("owners by number", "COPY --chown=1000:1001 dir /d\nCOPY --chown=5 a.txt /x/a\nCOPY --chown=7:8 a.txt b.txt /new/deep/"),
  scratch(
    "relative destinations",
    "WORKDIR /w\nCOPY a.txt .\nCOPY a.txt ./sub/\nWORKDIR deeper\nCOPY b.txt b\nCOPY dir ../sibling\nWORKDIR /\nWORKDIR ../up",
  ),
  scratch("names with spaces and more", 'COPY ["with space.txt", "/a b/"]\nCOPY ünï.txt /ünï'),
  scratch(
    "here-documents",
    'ENV V=value\nCOPY <<EOF /etc/conf\nv=$V ${V:-x} \\$V "$V" \'$V\'\nEOF\nCOPY <<"EOF" <<-two /many/\n$V\nEOF\n\ttabs\n\ttwo\nCOPY --chmod=755 --chown=1:2 <<run a.txt /bin/\n#!/bin/sh\nrun\nADD <<x /added\ny\nx',
  ),
  {
    name: ".dockerignore",
    dockerfile: "FROM scratch\nCOPY . /all/\nCOPY dir /dir/\n",
    files: tree,
    ignore: "*.txt\n!b.txt\ndir/sub\n!dir/sub/two.txt\n# comment\n**/*.md\nlink\n",
  },
  {
    name: ".dockerignore with everything but",
    dockerfile: "FROM scratch\nCOPY . /\n",
    files: tree,
    ignore: "**\n!dir/sub/*.txt\n!run.sh\n",
  },
  scratch("exclusion of what a source names", "COPY --exclude=*.txt *.txt run.sh /pattern/\nCOPY --exclude=a.txt a.txt b.txt /named/", {
    differs: {
      paths: /^(?:pattern|named\/a)[^.]*\.txt$/,
      why: "the Dockerfile reference has files excluded even if they match a source; BuildKit 0.34 excludes only what is below one",
    },
  }),
  // BuildKit fails on a dangling link where something is excluded.
  scratch(
    "exclusion",
    "COPY --exclude=*.txt --exclude=dir/sub/*.md . /a/\nCOPY --exclude=sub dir /d/\nCOPY --exclude=**/*.txt dir /e\nCOPY --exclude=dir/one.txt dir/one.txt b.txt /f5/\nCOPY --exclude=sub d* /f6/\nCOPY --exclude=dir/sub d* /f7/\nCOPY --exclude=*.md dir/* /f8/\nCOPY --exclude=sub/*.md dir/* /f9/\nCOPY --exclude=dir . /g\nCOPY --exclude=** --exclude=!**/*.md dir /h",
    {
      files: Object.fromEntries(Object.entries(tree).filter(([path]) => path !== "dangling")),
    },
  ),
  scratch(
    "archives",
    "ADD a.tar /plain/\nADD a.tar.gz /packed\nADD --chown=9:9 a.tar /owned/\nCOPY a.tar /copied/\nADD a.txt /text/\nADD --unpack=false a.tar /whole/",
    {
      files: { ...tree, "a.tar": archive, "a.tar.gz": (await import("node:zlib")).gzipSync(archive) },
    },
  ),
  scratch(
    "environment",
    'ENV A=1 B="two words" C=\'$A\' D=$A\\ x\nENV OLD some old value\nENV A=2 E=${A}-${NONE:-none}${A:+set}\nENV F="a\\"b" G=a\\$b H= I="${PATH}:/x"\nENV J=${D%x} K=${PATH##*/} L=${PATH//usr/USR}',
  ),
  scratch("labels", 'LABEL a=1 "b.c"="d e" f=\'g h\'\nLABEL old style label\nLABEL a=2 multi="line \\\n  two" e=$PATH'),
  scratch(
    "commands",
    'ENTRYPOINT ["/a", "b"]\nCMD ["c d", "$PATH"]\nSTOPSIGNAL SIGINT\nUSER 1000:app\nEXPOSE 80 443/tcp 53/udp 8000-8002\nVOLUME /a /b\nVOLUME ["/c d"]',
  ),
  scratch(
    "commands of the shell",
    'CMD echo $HOME "a"\nENTRYPOINT exec top -b\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nCMD echo again',
  ),
  scratch("a command before the entrypoint", 'CMD ["a"]\nENTRYPOINT ["b"]'),
  scratch(
    "health checks",
    'HEALTHCHECK --interval=1m30s --timeout=5s --start-period=1s --start-interval=500ms --retries=4 CMD curl -f "http://localhost/" || exit 1',
  ),
  scratch("a health check without the shell", 'HEALTHCHECK CMD ["/check", "it"]'),
  scratch("no health check", "HEALTHCHECK NONE"),
  scratch("triggers, and who maintains it", 'ONBUILD COPY . /app\nONBUILD RUN make "all"\nMAINTAINER Some One <one@example.com>'),
  upon(
    "a base's files",
    "COPY --from=base /usr/bin /copied\nCOPY --from=base /bin/tool /etc/passwd /files/\nCOPY --from=base /srv /srv2/\nCOPY --from=base /abs /absolute",
  ),
  upon("destinations that are links", "COPY a.txt /bin/\nCOPY b.txt /abs/\nCOPY dir /abs\nCOPY a.txt /abs/new"),
  upon(
    "directories that are there",
    "COPY dir /srv\nCOPY --chown=app a.txt /home/app/\nCOPY --chmod=711 dir /home/app\nCOPY a.txt /sticky/x",
  ),
  upon(
    "owners by name",
    "COPY --chown=app:staff a.txt /1\nCOPY --chown=app a.txt /2\nCOPY --chown=other:50 a.txt /3\nCOPY --chown=1000 a.txt /4\nCOPY --chown=root:app dir /5/new",
  ),
  upon("an entrypoint takes the base's command away", 'ENTRYPOINT ["x"]'),
  upon("a command leaves the base's entrypoint", 'CMD ["x"]\nENV PATH=/x:$PATH BASE=\nUSER root\nWORKDIR sub'),
  {
    name: "a base that says nothing of how it runs",
    dockerfile: "FROM bare\nCOPY a.txt x\n",
    files: tree,
  },
  {
    name: "a base of Docker's, with a shell and a health check",
    dockerfile: "FROM docker\nHEALTHCHECK CMD check\nCMD shell form\nCOPY --from=bare / /bare/\n",
    files: tree,
  },
  {
    name: "directories copied as they are, or into new ones",
    dockerfile:
      "FROM scratch AS s\nCOPY --chown=5:6 secret /secret\nCOPY secret /secret2\nFROM scratch\nCOPY secret /1\nCOPY secret /2/\nCOPY --chmod=711 secret /3\nCOPY --chmod=711 secret /4/\nCOPY --chmod=a+w secret /5\nCOPY --chmod=a+w secret /6/\nCOPY --from=s /secret /7\nCOPY --from=s /secret /8/\nCOPY --from=s / /9\nCOPY --from=s --chown=1:1 /secret /10\nCOPY --chown=2:2 secret /11/\nCOPY --from=s /secret/in /12/\nCOPY --from=s /secret/in/ /13\nCOPY --from=s --chmod=a+w /secret /14\nCOPY secret* /15\nCOPY secret secret/in /16/\nCOPY --from=s /secret /secret2 /17/\nCOPY --chmod=a+w secret/in/file /18/19/\nCOPY --chmod=711 secret/in/file /20/21/\nCOPY --chmod=711 secret/in/file /22/23/x\nWORKDIR /24/25\n",
    files: {
      secret: { directory: true, mode: 0o700 },
      "secret/in": { directory: true, mode: 0o750 },
      "secret/in/file": { content: "x", mode: 0o640 },
    },
  },
  {
    name: "stages",
    dockerfile:
      "ARG WHICH=one\nARG NAME=a.txt\nFROM scratch AS one\nARG NAME\nCOPY ${NAME} /out/\nENV X=1\nFROM one AS two\nCOPY b.txt /out/\nENV Y=$X$NAME\nLABEL from=two\nFROM scratch AS unused\nCOPY nothing /\nFROM $WHICH\nCOPY --from=two /out /got/\nCOPY --from=0 /out/a.txt /zero\nCOPY --from=two /out/*.txt /glob/\n",
    files: tree,
    args: { WHICH: "two" },
  },
  {
    name: "a target in the middle",
    dockerfile: "FROM scratch AS a\nCOPY a.txt /\nFROM scratch AS b\nCOPY b.txt /\n",
    files: tree,
    target: "a",
  },
  scratch(
    "arguments",
    "ARG A=1 B=$A C\nARG TARGETARCH\nARG TARGETPLATFORM\nARG D='a b'\nENV E=$A-$B-$C-$D-$TARGETARCH-$TARGETPLATFORM-$TARGETOS\nENV A=env\nENV F=$A\nLABEL l=${C:-none}",
    {
      args: { A: "given", C: "see" },
    },
  ),
  {
    name: "another escape character",
    dockerfile: "# escape=`\nFROM scratch\nCOPY a.txt `\n  /windows`$x/\nENV A=C:\\dir B=`$A C=a` b\n",
    files: tree,
  },
  {
    name: "comments, empty lines and long lines",
    dockerfile:
      '# a comment\n\n# c\nfrom scratch\ncopy a.txt /\nenv A=1 \\\n# in between\n\n    B=2 \\\n  C="3 \\\n 4"\n  CMD [ "a",\\\n "b" ]\n',
    files: tree,
  },
  scratch("parents: folders kept", "COPY --parents dir/sub/two.txt a.txt /x/\nCOPY --parents dir/./sub ./dir/./one.txt /y/"),
  scratch("parents: patterns", "COPY --parents **/*.md dir/*/*.txt /x/\nCOPY --parents --exclude=**/one.txt --chmod=a+w dir/./** /y/"),
  upon("parents: folders that are there", "COPY --parents --chown=5:6 dir/one.txt /srv\nCOPY --from=base --parents srv/kept /srv/"),
  upon(
    "links laid over what is there",
    "COPY --link a.txt /bin/\nCOPY --link dir /abs/\nCOPY --link a.txt /home/app/\nCOPY --link dir /srv",
  ),
  upon(
    "working directories of a user",
    "USER app:staff\nWORKDIR /made/by/app\nUSER 7\nWORKDIR /made/by/seven/\nUSER root\nWORKDIR /a/../b\nWORKDIR c",
  ),
  upon("ENV and ARG of one name", "ENV A=env\nARG A=arg\nENV B=$A\nENV A=again\nENV C=$A\nARG BASE\nENV D=$BASE", { args: { A: "given" } }),
  upon(
    "more symbolic modes",
    "COPY --chmod=g=u,o-rwx dir /1\nCOPY --chmod=+t,u+s dir /2\nCOPY --chmod=u=rw+x,o=g a.txt /3\nCOPY --chmod=00640 a.txt /4",
  ),
  {
    name: "triggers of a stage",
    dockerfile:
      "FROM scratch AS a\nONBUILD COPY <<-EOF /x\n\t\ttabs $V\nEOF\nONBUILD COPY --from=c /made /\nFROM scratch AS c\nCOPY a.txt /made\nFROM a AS b\nFROM b\nCOPY b.txt /\n",
    files: tree,
  },
  {
    name: "arguments of the platform and of the stage",
    dockerfile:
      "FROM scratch AS last\nARG TARGETSTAGE\nARG TARGETOSVERSION\nARG TARGETARCH=mine\nARG BUILDVARIANT\nENV A=$TARGETSTAGE-$TARGETOSVERSION-$TARGETARCH-$BUILDVARIANT\nCOPY a.txt /\n",
    files: tree,
  },
  {
    name: "arguments of the platform that are given",
    dockerfile:
      "ARG FOR=$TARGETARCH-$BUILDARCH\nFROM scratch AS in-mine\nCOPY a.txt /\nFROM in-$TARGETVARIANT\nARG FOR\nARG TARGETARCH\nARG TARGETSTAGE\nARG BUILDPLATFORM\nENV A=$FOR-$TARGETARCH-$TARGETSTAGE-$BUILDPLATFORM\n",
    files: tree,
    args: { TARGETARCH: "x", BUILDARCH: "y", TARGETVARIANT: "mine", TARGETSTAGE: "z", BUILDPLATFORM: "given/given" },
  },
  scratch("archives that a pattern matches", "ADD *.tar* a.txt /d/", {
    files: { ...tree, "a.tar": archive, "b.tar.gz": (await import("node:zlib")).gzipSync(archive) },
  }),
  scratch("here-documents with signs of the shell", 'COPY <<EOF /x\na\\nb \\\\ \\"q\\" `t` ${V:-\'x y\'} ${W:+"z"}\nEOF'),
  {
    name: ".dockerignore that takes back below what is left out",
    dockerfile: "FROM scratch\nCOPY . /\n",
    files: tree,
    ignore: "dir/sub/two.txt\n!dir/sub\n/clash\n!clash/one.txt/**\n[a-b].txt\n!a.txt\nd*link\n",
  },
  scratch("capabilities of a base", "COPY --from=base /usr/bin /x/\nCOPY --from=base --chown=5 /usr/bin/capable /y"),
  ...archiveCases,
  ...hardLinkCases,
];

const noPasswd = "the Dockerfile reference has the build fail; BuildKit takes root";

/** Builds that must be refused, by what is wrong with them. */
export const refusedCases: readonly AssembleCase[] = [
  scratch("a source that is not there", "COPY nothing /"),
  scratch("a source outside", "COPY ../a.txt /", { stricter: "BuildKit takes the file of this name inside: never what was meant" }),
  scratch("a source that .dockerignore leaves out", "COPY b.txt /", { ignore: "b.txt\n" }),
  scratch("several files to one file", "COPY a.txt b.txt /x", { stricter: "the Dockerfile reference wants a slash; BuildKit guesses" }),
  scratch("a directory over a file", "COPY a.txt /x\nCOPY dir /x"),
  scratch("a file below a file", "COPY a.txt /x\nCOPY b.txt /x/y"),
  scratch("a file over a directory, from below", "COPY dir /x\nCOPY clash /x"),
  scratch("a directory over a file, from below", "COPY clash /x\nCOPY dir /x"),
  scratch("a group of the base that is not there", "COPY --chown=1:nobody a.txt /", { stricter: noPasswd }),
  scratch("a user of no base", "COPY --chown=app a.txt /", { stricter: noPasswd }),
  scratch("a mode that is none", "COPY --chmod=999 a.txt /"),
  scratch("a flag that is not there", "COPY --form=x a.txt /"),
  scratch("a label without a value", "LABEL a"),
  scratch("an environment without a name", "ENV =b"),
  scratch("a port that is none", "EXPOSE http"),
  scratch("a signal that is none", "STOPSIGNAL not/a/signal"),
  scratch("a shell that is no list", "SHELL bash"),
  scratch("a quote that is not closed", 'ENV A="b'),
  scratch("a variable that must be set", "ENV A=${B:?}"),
  scratch("a health check of its own kind", "HEALTHCHECK RUN x"),
  scratch("a duration that is none", "HEALTHCHECK --interval=5 CMD x"),
  scratch("an instruction that is none", "COPPY a b"),
  scratch("a trigger of a trigger", "ONBUILD ONBUILD COPY a b"),
  scratch("a trigger that is FROM", "ONBUILD FROM a"),
  scratch("a trigger that is none", "ONBUILD MAKE a", { stricter: "BuildKit lets whoever builds upon the image find out" }),
  { name: "a target that is not there", dockerfile: "FROM scratch AS a\nCOPY a.txt /\n", files: tree, target: "b" },
  {
    name: "a stage that is named twice",
    dockerfile: "FROM scratch AS a\nFROM scratch AS a\nCOPY a.txt /\n",
    files: tree,
    stricter: "BuildKit warns, and which of the two is meant is anyone's guess",
  },
  { name: "a base that is named by nothing", dockerfile: "ARG V\nFROM $V\nCOPY a.txt /\n", files: tree },
  { name: "a stage that copies from itself", dockerfile: "FROM scratch AS a.invalid/x\nCOPY --from=a.invalid/x a.txt /\n", files: tree },
  { name: "no FROM", dockerfile: "COPY a.txt /\n", files: tree },
  { name: "an empty file", dockerfile: "\n", files: tree },
  { name: "a here-document without an end", dockerfile: "FROM scratch\nCOPY <<EOF /x\na\n", files: tree },
  scratch("the name of a whiteout", "COPY .wh.x /", {
    files: { ...tree, ".wh.x": "x" },
    stricter: "in a layer such a name removes another file, whatever is in it",
  }),
  ...refusedArchives,
  ...refusedLinks,
];
