import { BlockList, isIP } from "node:net";

/** An address as people write it: no zone, and no IPv6 dress on an IPv4 address. */
export function plainAddress(address: string): string {
  const bare = address.replace(/%.*$/, "");
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(bare) ? bare.slice(7) : bare;
}

/** Whether an address is in a block such as 10.0.0.0/8; what is no block holds nothing. */
export function inBlock(block: string, address: string): boolean {
  const plain = plainAddress(address);
  const family = isIP(plain);
  return family !== 0 && listFor(block).check(plain, familyName(family));
}

const lists = new Map<string, BlockList>();

/** Blocks come from the routing table: few, and asked for at every request. */
function listFor(block: string): BlockList {
  let list = lists.get(block);
  if (!list) {
    list = new BlockList();
    addTo(list, block);
    if (lists.size >= 1000) lists.clear();
    lists.set(block, list);
  }
  return list;
}

function addTo(list: BlockList, block: string): void {
  const [address = "", prefix] = block.split("/");
  const family = isIP(address);
  const widest = family === 4 ? 32 : 128;
  const bits = prefix === undefined ? widest : Number(prefix);
  if (family === 0 || !Number.isInteger(bits) || bits > widest) return;
  const mapped = family === 6 && isIP(plainAddress(address)) === 4;
  if (mapped && bits >= 96)
    list.addSubnet(plainAddress(address), bits - 96, "ipv4");
  else list.addSubnet(address, bits, familyName(family));
}

const familyName = (family: number) => (family === 4 ? "ipv4" : "ipv6");
