/** Signature of an entry of a ZIP file's directory, and where the entry says how long its parts are. */
const entrySignature = 0x02014b50;
const entryLength = 46;

/** The names of the files in a ZIP file that is not larger than 4 GB and has no comment. */
export function namesInZip(zip: Buffer): string[] {
  const end = zip.length - 22;
  let at = zip.readUInt32LE(end + 16);
  const names: string[] = [];
  while (zip.readUInt32LE(at) === entrySignature) {
    const [name = 0, extra = 0, comment = 0] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    names.push(zip.toString('utf8', at + entryLength, at + entryLength + name));
    at += entryLength + name + extra + comment;
  }
  return names;
}
