import type { Socket } from "node:net";
import { connectNet, NetTcp } from "./tcp-net.js";
import { connectRaw, isRawUsable, RawTcp } from "./tcp-raw.js";
import type { Address, Tcp } from "./tcp.js";

/** The connection of a socket that has just been accepted, paused; the socket itself is of no use after. */
export function takeOver(socket: Socket): Tcp {
  return isRawUsable(socket) ? new RawTcp(socket) : new NetTcp(socket);
}

/** Connects; the error, where it cannot. There is no limit of time but the kernel's. */
export function dial(address: Address): Promise<Tcp | Error> {
  return isRawUsable() ? connectRaw(address) : connectNet(address);
}
